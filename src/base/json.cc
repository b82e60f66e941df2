#include "base/json.h"

namespace suikei {

Result<Json> parse_json(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::parse_error& problem) {
    return Error{ErrorKind::corrupt, "not JSON: " + std::string(problem.what()), ""};
  }
}

}  // namespace suikei
