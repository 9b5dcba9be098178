#include "addon/bindings.h"

namespace ka::addon {

void InitNetlink(Napi::Env, Napi::Object) {}

}  // namespace ka::addon
