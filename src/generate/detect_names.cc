#include "generate/detect_names.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "base/text.h"

namespace suikei::generate {

namespace {

using Words = std::initializer_list<std::string_view>;

/// user_emailAddress2 -> user, email, address.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  char before = '_';
  for (char c : name) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80);
    bool begins = c >= 'A' && c <= 'Z' && !(before >= 'A' && before <= 'Z');
    if ((!letter || begins) && !words.back().empty()) words.emplace_back();
    if (letter) words.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    before = c;
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

class Reading {
 public:
  Reading(std::string_view name, std::string_view comment)
      : words_(words_of(name)), joined_("_" + join(words_, "_") + "_") {
    japanese_ = std::string(name) + "\n" + std::string(comment);
  }

  /// One of these, as whole words of the name: "mail", "api_key".
  bool word(Words any) const {
    return std::any_of(any.begin(), any.end(), [&](std::string_view one) {
      return joined_.find("_" + std::string(one) + "_") != std::string::npos;
    });
  }
  /// One of these in the name or the comment.
  bool text(Words any) const {
    return std::any_of(any.begin(), any.end(),
                       [&](std::string_view one) { return japanese_.find(one) != std::string::npos; });
  }
  bool last(Words any) const {
    return !words_.empty() && std::find(any.begin(), any.end(), words_.back()) != any.end();
  }
  bool first(Words any) const {
    return !words_.empty() && std::find(any.begin(), any.end(), words_.front()) != any.end();
  }

 private:
  std::vector<std::string> words_;
  std::string joined_, japanese_;
};

bool names_a_thing(const Reading& is) {
  return is.word({"product", "item",     "goods",      "shop",     "store",    "company",  "corp",
                  "office",  "branch",   "brand",      "category", "maker",    "supplier", "warehouse",
                  "bank",    "school",   "hospital",   "event",    "campaign", "file",     "table",
                  "column",  "host",     "server",     "domain",   "app",      "plan",     "menu",
                  "class",   "group",    "department", "dept",     "team",     "city",     "town",
                  "station", "country",  "prefecture", "pref",     "area",     "region",   "color",
                  "size",    "material", "status",     "type",     "role",     "tenant",   "shohin",
                  "tenpo",   "kaisha",   "model",      "series",   "genre",    "tag",      "title",
                  "device",  "browser",  "os",         "path",     "key"}) ||
         is.text({"商品", "製品",   "品名",   "店舗",     "店名",     "会社",        "企業",     "法人名",
                  "支店", "銀行",   "部署",   "部門",     "ブランド", "カテゴリ",    "メーカー", "倉庫",
                  "学校", "病院",   "プラン", "メニュー", "ファイル", "市区町村名",  "都道府県", "駅名",
                  "国名", "地域名", "色名",   "団体",     "イベント", "キャンペーン"});
}

bool names_a_person(const Reading& is) {
  return is.word({"first_name",   "last_name",     "firstname",     "lastname",       "family_name",
                  "given_name",   "full_name",     "fullname",      "familyname",     "givenname",
                  "middle_name",  "surname",       "shimei",        "simei",          "namae",
                  "sei",          "mei",           "customer_name", "user_name",      "username",
                  "member_name",  "contact_name",  "recipient",     "recipient_name", "sender_name",
                  "owner_name",   "holder_name",   "guardian_name", "staff_name",     "employee_name",
                  "person_name",  "patient_name",  "student_name",  "buyer_name",     "receiver_name",
                  "billing_name", "shipping_name", "delivery_name", "nickname",       "kokyaku_name",
                  "tantosha",     "orderer",       "orderer_name"}) ||
         is.text({"氏名",   "姓名",     "お名前",   "名字",   "苗字",   "名義人",      "担当者名",
                  "顧客名", "会員名",   "利用者名", "宛名",   "受取人", "届け先名",    "届先名",
                  "注文者", "購入者名", "患者名",   "社員名", "世帯主", "ニックネーム"});
}

void add_kinds(const Reading& is, NameHints& hints) {
  auto say = [&](PersonalKind kind, bool said) {
    if (said) hints.kinds |= 1u << static_cast<int>(kind);
  };
  bool mail = is.word({"mail", "email", "e_mail", "mailaddress", "emailaddress", "mailaddr", "meru"}) ||
              is.text({"メール", "Eメール", "e-mail", "E-mail", "E-Mail"});
  bool network = is.word({"ip", "ipaddr", "ipaddress", "ipv", "remote_addr", "client_addr"}) ||
                 is.text({"IPアドレス", "IP アドレス"});
  say(PersonalKind::email, mail);
  say(PersonalKind::ip_address, network);
  say(PersonalKind::phone,
      is.word({"tel", "phone", "telephone", "mobile", "cell", "cellphone", "keitai", "denwa", "fax", "telno",
               "phonenumber", "phoneno", "telnumber", "mobilephone", "faxno"}) ||
          is.text({"電話", "携帯", "ＴＥＬ", "TEL", "ＦＡＸ", "FAX", "連絡先番号"}));
  say(PersonalKind::postal_code,
      is.word({"zip", "zipcode", "postal", "postcode", "postalcode", "yubin", "yuubin", "yubinbango"}) ||
          is.text({"郵便", "〒"}));
  say(PersonalKind::address,
      (is.word({"address", "addr", "jusho", "juusho", "jyusho", "street", "banchi", "chome", "address_line",
                "building", "tatemono", "mansion"}) &&
       !mail && !network && !is.word({"mac", "url", "web", "wallet", "memory"})) ||
          is.text({"住所", "所在地", "番地", "丁目", "建物名", "マンション名", "届け先住所"}));
  bool kana = is.word({"kana", "furigana", "hurigana", "yomi", "yomigana", "katakana", "hiragana", "ruby"}) ||
              is.text({"カナ", "かな", "ｶﾅ", "フリガナ", "ふりがな", "ﾌﾘｶﾞﾅ", "ヨミ", "よみ", "読み仮名"});
  bool roman =
      is.word({"romaji", "roman", "name_en", "name_roman", "english_name", "en_name", "name_alphabet"}) ||
      is.text({"ローマ字", "英字氏名", "英語名"});
  bool person = names_a_person(is);
  say(PersonalKind::kana_name, kana && !hints.thing);
  say(PersonalKind::romaji_name, (roman || person) && !hints.thing);
  say(PersonalKind::kanji_name, person && !kana && !roman && !hints.thing);
  say(PersonalKind::my_number, is.word({"my_number", "mynumber", "kojin_bango", "individual_number"}) ||
                                   is.text({"マイナンバー", "個人番号"}));
  say(PersonalKind::corporate_number,
      is.word({"corporate_number", "houjin_bango", "hojin_bango", "hojin_bangou", "houjin_number",
               "corporation_number", "hojin_no"}) ||
          is.text({"法人番号"}));
  say(PersonalKind::card, is.word({"card", "cardno", "card_no", "card_number", "cardnumber", "credit_card",
                                   "creditcard", "pan"}) ||
                              is.text({"カード番号", "クレジット"}));
  say(PersonalKind::birthday, is.word({"birth", "birthday", "birthdate", "birth_date", "dob", "date_of_birth",
                                       "tanjobi", "seinengappi", "birthyear", "birth_year", "bday"}) ||
                                  is.text({"生年月日", "誕生日", "生まれ"}));
  say(PersonalKind::bank_account,
      is.word({"account_no", "account_number", "accountno", "accountnumber", "acct_no", "bank_account",
               "koza", "kouza", "koza_bango", "kouza_no", "koza_no", "iban", "bank_account_number"}) ||
          is.text({"口座番号", "口座No", "口座NO"}));
  say(PersonalKind::credential,
      is.word({"password",    "passwd",      "pwd",        "pass",       "passphrase",
               "passcode",    "secret",      "token",      "api_key",    "apikey",
               "access_key",  "private_key", "secret_key", "credential", "credentials",
               "auth",        "otp",         "pin",        "salt",       "password_hash",
               "session_key", "session_id",  "remember",   "csrf",       "jwt"}) ||
          is.text({"パスワード", "暗証", "トークン", "秘密鍵", "認証キー", "秘密の質問"}));
}

}  // namespace

const char* name_of(PersonalKind kind) {
  static constexpr const char* names[personal_kinds] = {
      "phone",     "postal_code",      "address", "kana_name", "kanji_name",   "romaji_name", "email",
      "my_number", "corporate_number", "card",    "birthday",  "bank_account", "credential",  "ip_address"};
  return names[static_cast<int>(kind)];
}

NameHints read_name(std::string_view name, std::string_view comment) {
  Reading is(name, comment);
  NameHints hints;
  hints.truth = is.first({"is", "has", "can", "was", "use"}) ||
                is.last({"flag", "flg", "enabled", "disabled"}) || is.text({"フラグ", "有無"});
  hints.thing = names_a_thing(is);
  hints.name = is.last({"name", "nm"}) || is.text({"名前", "氏名", "名称", "姓", "フリガナ", "カナ"});
  hints.code = is.last({"id", "no", "code", "cd", "number", "num", "key", "sku", "jan", "ean", "upc", "isbn",
                        "seq", "barcode", "bango", "serial"}) ||
               is.word({"order_no", "sku", "jan", "barcode"}) ||
               is.text({"コード", "品番", "型番", "注文番号", "伝票番号", "受注番号", "管理番号", "JAN"});
  hints.amount = is.word({"price", "amount", "total", "quantity", "qty", "stock", "cost", "fee", "tax",
                          "kingaku", "kakaku", "suryo", "rate", "weight"}) ||
                 is.text({"金額", "価格", "数量", "在庫", "税", "送料", "手数料"});
  hints.code |= hints.amount;
  hints.about =
      hints.truth ||
      is.last({"count",   "cnt",     "at",     "on",       "time",      "date",    "type",    "kind",
               "status",  "size",    "length", "verified", "confirmed", "updated", "created", "expires",
               "expired", "version", "format", "method",   "source",    "result",  "limit",   "ttl"}) ||
      is.text({"件数", "回数", "区分", "種別", "日時", "更新日", "登録日", "有効期限", "ステータス", "状態"});
  add_kinds(is, hints);
  // birth_date and its kin hold what they are about.
  if (hints.says(PersonalKind::birthday)) hints.about = hints.truth;
  return hints;
}

}  // namespace suikei::generate
