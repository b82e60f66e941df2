// syntax_tree.h — a statement as the engine's own parser saw it: what json_serialize_sql wrote, to be walked.
// Why:    the trees of ten thousand statements are some hundred megabytes of JSON. This keeps views into that
//         text in one flat table, and is ten times as quick as a document of objects.
// Holds:  a TreeNode is valid as long as its tree and the text it was read from stand where they are.
// Limits: tree_depth_max levels, so that whoever walks a tree by recursion stays within the stack.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace suikei::build {

// The engine refuses expressions deeper than 1,000; each of their levels is two or three of the tree's.
inline constexpr int tree_depth_max = 4000;

class SyntaxTree;

/// A value in a tree. One that does not exist is false, has no text, and nothing below it exists either.
class TreeNode {
 public:
  TreeNode() = default;

  explicit operator bool() const { return tree_ != nullptr; }
  /// The member of that name.
  TreeNode operator[](std::string_view key) const;
  /// The element at that position.
  TreeNode at(size_t position) const;
  /// A string's characters; a number, true, false or null as it is written.
  std::string_view text() const;
  std::string_view text(std::string_view key) const { return (*this)[key].text(); }
  bool is_true(std::string_view key) const { return text(key) == "true"; }
  /// Its name in the object around it.
  std::string_view key() const;
  bool is_object() const;
  bool is_list() const;
  bool empty() const;
  size_t size() const;

  class Iterator {
   public:
    Iterator(const SyntaxTree* tree, uint32_t at) : tree_(tree), at_(at) {}
    TreeNode operator*() const { return TreeNode(tree_, at_); }
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const SyntaxTree* tree_;
    uint32_t at_;
  };
  Iterator begin() const;
  Iterator end() const;

 private:
  friend class SyntaxTree;
  TreeNode(const SyntaxTree* tree, uint32_t at) : tree_(tree), at_(at) {}
  const SyntaxTree* tree_ = nullptr;
  uint32_t at_ = 0;
};

class SyntaxTree {
 public:
  /// Reads JSON text, which must outlive the tree, in place of what the tree held. `corrupt` when it is none,
  /// `rejected` when it is too deep.
  Result<> read(std::string_view json);
  /// The whole of it.
  TreeNode root() const { return entries_.empty() ? TreeNode() : TreeNode(this, 0); }

 private:
  friend class TreeNode;
  friend class SyntaxReader;
  enum class Kind : uint8_t { object, list, string, word };
  struct Entry {
    std::string_view key, text;
    uint32_t end;  // the entry behind this one and all below it
    Kind kind;
  };
  std::vector<Entry> entries_;
  std::deque<std::string> unescaped_;  // strings that the text holds with escapes
};

inline TreeNode::Iterator& TreeNode::Iterator::operator++() {
  at_ = tree_->entries_[at_].end;
  return *this;
}
inline TreeNode::Iterator TreeNode::begin() const {
  return {tree_, tree_ && (is_object() || is_list()) ? at_ + 1 : 0};
}
inline TreeNode::Iterator TreeNode::end() const {
  return {tree_, tree_ && (is_object() || is_list()) ? tree_->entries_[at_].end : 0};
}
inline std::string_view TreeNode::text() const {
  return tree_ ? tree_->entries_[at_].text : std::string_view();
}
inline std::string_view TreeNode::key() const {
  return tree_ ? tree_->entries_[at_].key : std::string_view();
}
inline bool TreeNode::is_object() const {
  return tree_ && tree_->entries_[at_].kind == SyntaxTree::Kind::object;
}
inline bool TreeNode::is_list() const {
  return tree_ && tree_->entries_[at_].kind == SyntaxTree::Kind::list;
}
inline bool TreeNode::empty() const {
  return !(begin() != end());
}
inline size_t TreeNode::size() const {
  size_t count = 0;
  for (Iterator at = begin(); at != end(); ++at) ++count;
  return count;
}
inline TreeNode TreeNode::operator[](std::string_view key) const {
  if (!is_object()) return {};
  for (TreeNode member : *this) {
    if (member.key() == key) return member;
  }
  return {};
}
inline TreeNode TreeNode::at(size_t position) const {
  for (TreeNode element : *this) {
    if (position-- == 0) return element;
  }
  return {};
}

}  // namespace suikei::build
