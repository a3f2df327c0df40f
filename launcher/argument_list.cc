#include "launcher/argument_list.h"

namespace lockstep {

std::vector<std::string> WithOption(const std::vector<std::string>& arguments,
                                    const std::string& option, const std::string& value) {
  std::vector<std::string> changed;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == option) {
      ++i;  // and its value
    } else if (arguments[i].rfind(option + "=", 0) != 0) {
      changed.push_back(arguments[i]);
    }
  }
  changed.insert(changed.end(), {option, value});
  return changed;
}

}  // namespace lockstep
