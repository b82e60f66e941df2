#include "generate/detect.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "base/text.h"
#include "generate/detect_dates.h"
#include "generate/detect_values.h"

namespace suikei::generate {
namespace {

using Values = std::vector<std::string>;

ColumnProbe probe_of(std::string_view name, std::string_view comment, std::string_view type,
                     const Values& values) {
  ColumnProbe probe(name, comment, type);
  for (const std::string& value : values) probe.add(value);
  return probe;
}

/// The likeliest kind, or "nothing".
std::string found(std::string_view name, const Values& values, std::string_view comment = "",
                  std::string_view type = "VARCHAR") {
  std::vector<Verdict> verdicts = probe_of(name, comment, type, values).personal();
  return verdicts.empty() ? "nothing" : name_of(verdicts.front().kind);
}

/// A hundred values from a seeded source of numbers below a bound.
Values hundred(const std::function<std::string(const std::function<int(int)>&)>& make) {
  std::mt19937 random(7);
  auto below = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
  Values values;
  for (int i = 0; i < 100; ++i) values.push_back(make(below));
  return values;
}

std::string digits(const std::function<int(int)>& below, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += static_cast<char>('0' + below(10));
  return text;
}

const Values mobiles = hundred(
    [](auto below) { return fmt::format("0{}0-{:04}-{:04}", 7 + below(3), below(10000), below(10000)); });
const Values bare_phones = hundred([](auto below) {
  static constexpr const char* codes[] = {"03", "06", "011", "090", "080", "045"};
  std::string code = codes[below(6)];
  return code + digits(below, (code[2] == '0' ? 11 : 10) - static_cast<int>(code.size()));
});
const Values people = hundred([](auto below) {
  static constexpr const char* sei[] = {"佐藤", "鈴木", "田中", "長谷川", "綾小路", "林", "五島", "渡辺"};
  static constexpr const char* mei[] = {"太郎", "花子", "翔", "さくら", "健一", "美咲"};
  return std::string(sei[below(8)]) + (below(2) ? " " : "") + mei[below(6)];
});
const Values addresses = hundred([](auto below) {
  static constexpr const char* towns[] = {"東京都渋谷区神南", "大阪府大阪市北区梅田",
                                          "北海道札幌市中央区大通西", "横浜市西区みなとみらい",
                                          "京都府京都市左京区吉田本町"};
  return fmt::format("{}{}-{}-{}", towns[below(5)], 1 + below(9), 1 + below(20), 1 + below(30));
});

TEST(DetectPersonal, KnowsPhonesHoweverTheyAreWritten) {
  for (const char* text :
       {"03-1234-5678", "０３－１２３４－５６７８", "03ー1234ー5678", "(03)1234-5678", "+81-3-1234-5678",
        "+81 90 1234 5678", "+819012345678", "+81(0)3-1234-5678", "090-1234-5678", "050−1234−5678",
        "0120-123-456", "0800-123-4567", "011-123-4567", "0123-45-6789", "0991-23-4567"}) {
    EXPECT_TRUE(is_written_phone(plain(text)) || is_phone(plain(text))) << text;
  }
  for (const char* text : {"0312345678", "09012345678"}) EXPECT_TRUE(is_phone(text)) << text;
  for (const char* text : {"1234567890", "0012345678", "090-1234-567", "2024-01-15", "03-1234-56789",
                           "123-4567", "+1-202-555-0123", "0312345678901", "1,234,567", "03:12"}) {
    EXPECT_FALSE(is_phone(plain(text))) << text;
  }
  EXPECT_EQ(found("contact", mobiles), "phone");
  EXPECT_EQ(found("c17", bare_phones), "phone");
  EXPECT_EQ(found("tel", bare_phones), "phone");
  EXPECT_EQ(found("keitai_no", {"9012345678", "8012345678", "312345678"}, "", "BIGINT"), "phone");
  EXPECT_EQ(found("renraku", mobiles, "緊急連絡先電話番号"), "phone");
}

TEST(DetectPersonal, KnowsPostalCodes) {
  EXPECT_TRUE(is_postal_code(plain("〒１００－０００１")));
  EXPECT_TRUE(is_postal_code(plain("〒 1000001")));
  EXPECT_FALSE(is_postal_code(plain("10-00001")));
  Values hyphened =
      hundred([](auto below) { return fmt::format("{:03}-{:04}", 1 + below(998), below(10000)); });
  Values bare = hundred([](auto below) { return fmt::format("{:03}{:04}", 10 + below(900), below(10000)); });
  EXPECT_EQ(found("zip", bare), "postal_code");
  EXPECT_EQ(found("zip_code", hyphened), "postal_code");
  EXPECT_EQ(found("add0", hyphened), "postal_code");
  EXPECT_EQ(found("yubin", bare, "", "INTEGER"), "postal_code");
  EXPECT_EQ(found("product_code", hyphened), "nothing");
  EXPECT_EQ(found("quantity", bare), "nothing");
}

TEST(DetectPersonal, KnowsAddresses) {
  EXPECT_EQ(found("place", addresses), "address");
  EXPECT_EQ(found("address1", addresses), "address");
  EXPECT_EQ(found("jusho2", {"メゾン青山 101", "グランドハイツ", "第二ビル3F"}, "建物名"), "address");
  EXPECT_TRUE(is_address("渋谷区神南一丁目"));
  EXPECT_TRUE(is_address(plain("仙台市青葉区１－２")));
  EXPECT_EQ(found("prefecture", {"東京都", "大阪府", "北海道"}), "nothing");
  EXPECT_EQ(found("shop_name", {"渋谷一丁目店", "梅田三丁目店", "東京都庁前店"}), "nothing");
  EXPECT_EQ(found("address_id", {"1", "2", "3", "40"}, "", "BIGINT"), "nothing");
  EXPECT_EQ(found("ip_address", {"192.168.1.1", "10.0.0.254"}), "ip_address");
}

TEST(DetectPersonal, KnowsNames) {
  EXPECT_EQ(found("full_name", people), "kanji_name");
  EXPECT_EQ(found("name", people), "kanji_name");
  EXPECT_EQ(found("col5", people), "kanji_name");
  EXPECT_EQ(found("sei", {"佐藤", "鈴木", "森", "勅使河原"}), "kanji_name");
  EXPECT_EQ(found("c3", {"サトウ タロウ", "スズキ ハナコ", "タナカ ケン", "アヤノコウジ レイ"}), "kana_name");
  EXPECT_EQ(found("furigana", {"さとう", "すずき", "ヴァン"}), "kana_name");
  EXPECT_EQ(found("name_kana", {"ｻﾄｳ ﾀﾛｳ", "ｽｽﾞｷ ﾊﾅｺ"}), "kana_name");
  EXPECT_EQ(found("first_name", {"Taro", "Hanako", "Jean-Luc"}), "romaji_name");
  EXPECT_EQ(found("name_en", {"Taro Sato", "Hanako SUZUKI"}), "romaji_name");
}

TEST(DetectPersonal, DoesNotTakeThingsForPeople) {
  EXPECT_EQ(found("name", {"高橋書店", "田中屋", "佐藤商店", "渡辺酒造", "山本電機", "林業協会"}), "nothing");
  EXPECT_EQ(found("shop_name", {"渋谷店", "山口本店", "石川店", "田中ベーカリー"}), "nothing");
  EXPECT_EQ(found("city", {"山口市", "福島市", "千葉市", "宮崎市", "長野市"}), "nothing");
  EXPECT_EQ(found("pref", {"山口", "福島", "千葉", "宮崎", "石川"}), "nothing");
  EXPECT_EQ(found("c9", {"山口", "福島", "千葉", "宮崎", "石川"}), "nothing");
  EXPECT_EQ(found("product_name", {"山田錦", "森永ビスケット", "東海道五十三次", "松本清張全集"}), "nothing");
  EXPECT_EQ(found("name", {"りんご", "バナナ", "牛乳", "食パン", "醤油"}), "nothing");
  EXPECT_EQ(found("item_kana", {"リンゴ", "バナナ", "ギュウニュウ"}), "nothing");
  EXPECT_EQ(found("title", {"トマト", "キュウリ", "ナス", "オクラ"}), "nothing");
  EXPECT_EQ(found("status", {"完了", "処理中", "取消", "返品"}), "nothing");
  EXPECT_EQ(found("color", {"red", "blue", "green"}), "nothing");
}

TEST(DetectPersonal, KnowsEmail) {
  Values mails = {"a.b+c@example.co.jp", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "x@y.org", "hanako@example.com"};
  EXPECT_EQ(found("contact", mails), "email");
  EXPECT_EQ(found("mail", {"a@example.jp", "unknown", "-", "b@example.jp"}), "email");
  EXPECT_EQ(found("twitter", {"@taro", "@hanako", "a@b"}), "nothing");
  EXPECT_EQ(found("email_count", {"1", "2", "3"}), "nothing");
  std::vector<Verdict> verdicts =
      probe_of("note", "", "VARCHAR",
               {"連絡は a@example.jp まで", "b@example.jp へ送付", "済", "電話は03-1234-5678"})
          .personal();
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0].kind, PersonalKind::email);
  EXPECT_TRUE(verdicts[0].within_text);
  EXPECT_EQ(verdicts[0].mask, ProposedMask::null);
  EXPECT_EQ(verdicts[0].evidence(), "email within text in 2 of 4 values");
}

std::string my_number(const std::function<int(int)>& below) {
  std::string number = digits(below, 11);
  for (char last = '0'; last <= '9'; ++last) {
    if (is_my_number(number + last)) return number + last;
  }
  return "";
}

TEST(DetectPersonal, KnowsNumbersByTheirCheckDigits) {
  EXPECT_TRUE(is_my_number("123456789018"));
  EXPECT_TRUE(is_my_number(plain("１２３４－５６７８－９０１８")));
  EXPECT_FALSE(is_my_number("123456789012"));
  EXPECT_TRUE(is_corporate_number("7000012050002"));
  EXPECT_FALSE(is_corporate_number("1000012050002"));
  EXPECT_TRUE(is_jan_code("4901234567894"));
  EXPECT_TRUE(is_card("4111 1111 1111 1111"));
  EXPECT_TRUE(is_card("3530111333300000"));
  EXPECT_TRUE(is_card("378282246310005"));
  EXPECT_FALSE(is_card("4111111111111112"));
  EXPECT_FALSE(is_card("9999999999999995"));
  EXPECT_EQ(found("c1", hundred(my_number)), "my_number");
  EXPECT_EQ(found("c1", hundred([](auto below) { return digits(below, 12); })), "nothing");
  Values jan = hundred([](auto below) {
    std::string number = "49" + digits(below, 10);
    for (char last = '0'; last <= '9'; ++last) {
      if (is_jan_code(number + last)) return number + last;
    }
    return std::string();
  });
  EXPECT_EQ(found("c1", jan), "nothing");
  EXPECT_EQ(found("jan", jan), "nothing");
  Values corporate = hundred([](auto below) {
    std::string base = digits(below, 12);
    for (char first = '1'; first <= '9'; ++first) {
      if (is_corporate_number(first + base)) return first + base;
    }
    return std::string();
  });
  EXPECT_EQ(found("c1", corporate), "corporate_number");
  EXPECT_EQ(found("c1", corporate, "", "BIGINT"), "corporate_number");
  Values cards = {"4111111111111111", "5555-5555-5555-4444", "3530111333300000"};
  EXPECT_EQ(found("payment", cards), "card");
  EXPECT_EQ(probe_of("payment", "", "VARCHAR", cards).personal()[0].mask, ProposedMask::last4);
}

TEST(DetectPersonal, NeedsATellingNameWhereValuesAreJustNumbersOrDates) {
  Values dates = {"1980-01-05", "1975/12/24", "昭和55年1月5日", "S55.1.5"};
  EXPECT_EQ(found("birthday", dates), "birthday");
  EXPECT_EQ(found("dob", {"1980-01-05 00:00:00", "1990-01-05 00:00:00"}, "", "TIMESTAMP"), "birthday");
  EXPECT_EQ(found("c1", {"1980", "1975"}, "生年月日（年）"), "birthday");
  EXPECT_EQ(found("ordered_at", {"2024-01-05", "2024-01-06"}), "nothing");
  EXPECT_EQ(found("birthday_mail_flag", {"0", "1"}), "nothing");
  EXPECT_EQ(found("koza_no", {"1234567", "0012345"}), "bank_account");
  EXPECT_EQ(found("account_id", {"1234567", "2345678"}, "", "BIGINT"), "nothing");
}

TEST(DetectPersonal, KnowsPasswordsAndTokens) {
  EXPECT_EQ(found("password", {"$2y$10$abcdefghijklmnopqrstuv", "$2y$10$zyxwvutsrqponmlkjihgfe"}),
            "credential");
  EXPECT_EQ(found("api_key", {"f3a9c1d27b604e8895ab", "09bc7de2f1a34c5d6e7f"}), "credential");
  EXPECT_EQ(found("passwd", {"hunter2", "letmein", "qwerty", "pa55"}), "credential");
  EXPECT_EQ(found("c1", {"eyJhbGciOi.eyJzdWIi.abc", "eyJhbGciOi.eyJzdWIi.def"}), "credential");
  EXPECT_EQ(found("token_type", {"bearer", "basic", "bearer"}), "nothing");
  EXPECT_EQ(found("password_updated_at", {"2024-01-01", "2024-01-02"}), "nothing");
  EXPECT_EQ(found("pass", {"ok", "ng", "ok", "ok", "ng", "ok"}), "nothing");
  EXPECT_EQ(found("order_hash", {"f3a9c1d27b604e8895ab", "09bc7de2f1a34c5d6e7f"}), "nothing");
}

TEST(DetectPersonal, DoesNotTakeVersionsForAddressesOfMachines) {
  EXPECT_EQ(found("client", {"203.0.113.9", "198.51.100.7", "2001:db8::1"}), "ip_address");
  EXPECT_EQ(found("version", {"1.2.3.4", "1.2.10.0", "2.0.0.1"}), "nothing");
  EXPECT_EQ(found("time", {"10:00:00", "11:30:00"}), "nothing");
}

TEST(DetectPersonal, RaisesNoFalseAlarmsOverNumbersThatSomebodyAssigned) {
  auto counted_up = [](const char* prefix, int width) {
    Values values;
    for (int i = 1; i <= 100; ++i) values.push_back(fmt::format("{}{:0{}}", prefix, 37 * i, width));
    return values;
  };
  EXPECT_EQ(found("order_no", counted_up("03", 8)), "nothing");
  EXPECT_EQ(found("c2", counted_up("0312", 6)), "nothing");
  EXPECT_EQ(found("c2", counted_up("2024", 8)), "nothing");
  EXPECT_EQ(found("denpyo", counted_up("", 10)), "nothing");
  EXPECT_EQ(found("c2", counted_up("", 12)), "nothing");
  EXPECT_EQ(found("c2", counted_up("", 13)), "nothing");
  EXPECT_EQ(found("c2", counted_up("411111", 10)), "nothing");
  EXPECT_EQ(found("sku", counted_up("AB-", 4)), "nothing");
  EXPECT_EQ(found("price", hundred([](auto below) { return std::to_string(100 * below(9999)); }), "",
                  "DECIMAL(10,2)"),
            "nothing");
  EXPECT_EQ(found("total", hundred([](auto below) { return fmt::format("{}.50", below(99999)); })),
            "nothing");
  EXPECT_EQ(found("id", hundred([](auto below) { return std::to_string(below(1 << 30)); }), "", "BIGINT"),
            "nothing");
  EXPECT_EQ(found("day", hundred([](auto below) {
                    return fmt::format("2024{:02}{:02}", 1 + below(12), 1 + below(28));
                  })),
            "nothing");
  EXPECT_EQ(found("phone_verified", {"0", "1", "1"}, "", "INTEGER"), "nothing");
  EXPECT_EQ(found("flag", {"true", "false"}, "", "BOOLEAN"), "nothing");
}

TEST(DetectPersonal, SaysWhatItIsByCountsAndNeverByValues) {
  Values values(mobiles.begin(), mobiles.begin() + 96);
  values.insert(values.end(), {"なし", "不明", "-", "なし"});
  std::vector<Verdict> verdicts = probe_of("tel", "", "VARCHAR", values).personal();
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0].evidence(), "phone 96 of 100 values, and its name");
  EXPECT_EQ(verdicts[0].mask, ProposedMask::hmac);
  EXPECT_GT(verdicts[0].confidence, 0.9);
  EXPECT_EQ(found("phone", {}), "phone");
  EXPECT_EQ(found("phone", {"", " ", "　"}), "phone");
  EXPECT_EQ(probe_of("phone", "", "VARCHAR", {}).personal()[0].evidence(),
            "phone by its name alone, no values seen");
  EXPECT_EQ(found("phone_type", {}), "nothing");
  EXPECT_EQ(found("c1", {"03-1234-5678"}), "nothing") << "one value says little";
}

TEST(DetectPersonal, SurvivesAnyBytes) {
  std::mt19937 random(3);
  ColumnProbe probe("住所\xff", "\xe3", "VARCHAR");
  for (int i = 0; i < 20'000; ++i) {
    std::string value;
    static constexpr const char* pieces[] = {"０", "－", "+81", "@",    "東京都", "\xe3\x81", "\xf0",
                                             "1",  ":",  ".",   "佐藤", "〒",     "(",        ","};
    for (unsigned k = random() % 9; k > 0; --k) value += pieces[random() % std::size(pieces)];
    probe.add(value);
  }
  probe.personal();
  probe.castings();
}

std::string cast(std::string_view name, const Values& values) {
  std::vector<Casting> castings = probe_of(name, "", "VARCHAR", values).castings();
  return castings.empty() ? "nothing" : castings.front().evidence();
}

TEST(DetectCasting, FindsTheFormatsOfDates) {
  EXPECT_EQ(cast("d", {"2024/01/05", "2024/1/6", "2024/12/31"}), "date %Y/%m/%d 3 of 3 values");
  EXPECT_EQ(cast("d", {"2024-01-05", "2024-02-29", "0000-00-00", ""}),
            "date %Y-%m-%d 2 of 4 values, 2 empty");
  EXPECT_EQ(cast("d", {"20240105", "19991231"}), "date %Y%m%d 2 of 2 values");
  EXPECT_EQ(cast("d", {"2024年1月5日", "2024年12月31日"}), "date %Y年%m月%d日 2 of 2 values");
  EXPECT_EQ(cast("d", {"2024-01-05 10:00:00", "2024-01-05 9:05:59"}),
            "datetime %Y-%m-%d %H:%M:%S 2 of 2 values");
  EXPECT_EQ(cast("d", {"2024-01-05 10:00:00", "2024-01-06 10:00:00", "2024/1/7"}),
            "datetime %Y-%m-%d %H:%M:%S %Y/%m/%d 3 of 3 values");
  EXPECT_EQ(cast("d", {"2024-01-05T10:00:00+09:00", "2024-01-05T10:00:00.123"}),
            "datetime %Y-%m-%dT%H:%M:%S.%f %Y-%m-%dT%H:%M:%S%z 2 of 2 values");
  EXPECT_EQ(cast("d", {"2024-02-30", "2023-02-29", "2024-13-01"}), "nothing");
  EXPECT_EQ(cast("d", {"24/1/5", "24/1/6"}), "nothing");
  EXPECT_EQ(cast("d", {"2024/01/05", "tomorrow", "soon"}), "nothing");
  EXPECT_EQ(formats_reading("20241345"), 0u);
}

TEST(DetectCasting, FindsNumbersButKeepsCodes) {
  EXPECT_EQ(cast("n", {"1", "-20", "300"}), "integer 3 of 3 values");
  EXPECT_EQ(cast("n", {"1.5", "20", "-0.3"}), "decimal 3 of 3 values");
  EXPECT_EQ(cast("price", {"1,500", "20", "1,234,567"}), "integer , 3 of 3 values");
  EXPECT_EQ(cast("n", {"１２", "３４"}), "integer 2 of 2 values");
  EXPECT_EQ(cast("n", {"001", "002", "113"}), "nothing");
  EXPECT_EQ(cast("product_code", {"101", "102"}), "nothing");
  EXPECT_EQ(cast("n", {"1,50", "2,3"}), "nothing");
}

TEST(DetectCasting, FindsYesAndNo) {
  EXPECT_EQ(cast("is_member", {"0", "1", "1"}), "boolean 3 of 3 values");
  EXPECT_EQ(cast("c", {"t", "f", "f", ""}), "boolean 3 of 4 values, 1 empty");
  EXPECT_EQ(cast("c", {"Y", "N"}), "boolean 2 of 2 values");
  EXPECT_EQ(cast("floor", {"0", "1", "1"}), "integer 3 of 3 values");
  EXPECT_EQ(cast("c", {"a", "b"}), "nothing");
  EXPECT_TRUE(probe_of("is_member", "", "INTEGER", {"0", "1"}).castings().empty());
}

}  // namespace
}  // namespace suikei::generate
