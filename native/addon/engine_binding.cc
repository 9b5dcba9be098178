#include "addon/bindings.h"

namespace ka::addon {

void InitEngine(Napi::Env, Napi::Object) {}

}  // namespace ka::addon
