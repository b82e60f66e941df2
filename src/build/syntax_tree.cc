#include "build/syntax_tree.h"

#include "base/text.h"

namespace suikei::build {

/// One pass over the text. The text comes from the engine, so a mistake in it is told in few words.
class SyntaxReader {
 public:
  SyntaxReader(SyntaxTree& tree, std::string_view json)
      : tree_(tree), begin_(json.data()), at_(begin_), end_(begin_ + json.size()) {}

  Result<> read() {
    bool well = value({}, 0);
    if (too_deep_) {
      return Error{ErrorKind::rejected,
                   fmt::format("a statement nested deeper than {} levels", tree_depth_max), ""};
    }
    skip_space();
    if (!well || at_ != end_) {
      return Error{ErrorKind::corrupt, fmt::format("not a syntax tree: byte {}", at_ - begin_), ""};
    }
    return ok();
  }

 private:
  using Kind = SyntaxTree::Kind;
  static constexpr std::string_view word_letters = "0123456789+-.eEtrufalsn";

  void skip_space() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }
  bool take(char wanted) {
    skip_space();
    if (at_ == end_ || *at_ != wanted) return false;
    ++at_;
    return true;
  }

  bool value(std::string_view key, int depth) {
    if (depth > tree_depth_max) {
      too_deep_ = true;
      return false;
    }
    skip_space();
    if (at_ == end_) return false;
    switch (*at_) {
      case '{':
        return group(key, depth, Kind::object, '}');
      case '[':
        return group(key, depth, Kind::list, ']');
      case '"': {
        std::string_view text;
        if (!string(text)) return false;
        add(key, text, Kind::string);
        return true;
      }
      default: {
        const char* from = at_;
        while (at_ < end_ && word_letters.find(*at_) != std::string_view::npos) ++at_;
        add(key, {from, static_cast<size_t>(at_ - from)}, Kind::word);
        return at_ != from;
      }
    }
  }

  bool group(std::string_view key, int depth, Kind kind, char close) {
    ++at_;
    size_t own = tree_.entries_.size();
    add(key, {}, kind);
    bool more = !take(close);
    while (more) {
      std::string_view name;
      if (kind == Kind::object && !(take('"') && (--at_, string(name)) && take(':'))) return false;
      size_t before = tree_.entries_.size();
      if (!value(name, depth + 1)) return false;
      // Where in the text something stood is a tenth of the tree, and nobody asks.
      if (name == "query_location") tree_.entries_.resize(before);
      if (take(close)) break;
      if (!take(',')) return false;
    }
    tree_.entries_[own].end = static_cast<uint32_t>(tree_.entries_.size());
    return true;
  }

  bool string(std::string_view& text) {
    const char* from = ++at_;
    while (at_ < end_ && *at_ != '"' && *at_ != '\\') ++at_;
    if (at_ == end_) return false;
    if (*at_ == '"') {
      text = {from, static_cast<size_t>(at_++ - from)};
      return true;
    }
    std::string& plain = tree_.unescaped_.emplace_back(from, at_);
    while (at_ < end_ && *at_ != '"') {
      if (*at_ != '\\') {
        plain += *at_++;
      } else if (++at_ == end_ || !escape(plain)) {
        return false;
      }
    }
    if (at_ == end_) return false;
    ++at_;
    text = plain;
    return true;
  }

  bool escape(std::string& plain) {
    static constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
    char letter = *at_++;
    if (letter != 'u') {
      size_t which = letters.find(letter);
      if (which == std::string_view::npos) return false;
      plain += meant[which];
      return true;
    }
    uint32_t code = 0, low = 0;
    if (!four_digits(code)) return false;
    if (code >= 0xD800 && code < 0xDC00) {
      if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') return false;
      at_ += 2;
      if (!four_digits(low) || low < 0xDC00 || low > 0xDFFF) return false;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(plain, code);
    return true;
  }

  bool four_digits(uint32_t& code) {
    if (end_ - at_ < 4) return false;
    for (int i = 0; i < 4; ++i) {
      static constexpr std::string_view digits = "0123456789abcdef";
      size_t digit = digits.find(static_cast<char>(std::tolower(static_cast<unsigned char>(*at_++))));
      if (digit == std::string_view::npos) return false;
      code = code << 4 | static_cast<uint32_t>(digit);
    }
    return true;
  }

  static void append_utf8(std::string& text, uint32_t code) {
    if (code < 0x80) {
      text += static_cast<char>(code);
      return;
    }
    int following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    text += static_cast<char>((0xFF00 >> (following + 1) & 0xFF) | code >> (6 * following));
    while (following-- > 0) text += static_cast<char>(0x80 | (code >> (6 * following) & 0x3F));
  }

  void add(std::string_view key, std::string_view text, Kind kind) {
    tree_.entries_.push_back({key, text, static_cast<uint32_t>(tree_.entries_.size() + 1), kind});
  }

  SyntaxTree& tree_;
  const char* begin_;
  const char* at_;
  const char* end_;
  bool too_deep_ = false;
};

Result<> SyntaxTree::read(std::string_view json) {
  entries_.clear();
  unescaped_.clear();
  return SyntaxReader(*this, json).read();
}

}  // namespace suikei::build
