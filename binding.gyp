{
  "targets": [
    {
      "target_name": "ka_ts",
      "sources": ["<!@(cat native/sources.txt)"],
      "include_dirs": ["native", "<!@(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS", "_GNU_SOURCE"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20", "-O3"],
      "cflags_cc": [
        "-std=c++20", "-O2", "-g", "-fexceptions", "-frtti", "-fvisibility=hidden", "-fvisibility-inlines-hidden",
        "-fstack-protector-strong", "-Wall", "-Wextra", "-Werror", "-Wno-missing-field-initializers"
      ],
      "ldflags": ["-Wl,-z,relro", "-Wl,-z,now"]
    }
  ]
}
