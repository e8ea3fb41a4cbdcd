# CPython three times: native (to compile the standard library), native and
# instrumented (to make a profile), and for wasm.

native_python() {
  rm -rf "$work/native" && mkdir -p "$work/native" && cd "$work/native"
  run native-configure ../src/cpython/configure CC="$work/bin/native-cc" OPT="-DNDEBUG -O1 -g0" \
    --without-ensurepip --disable-test-modules
  run native-make make -j"$jobs" all
}

# The interpreter is trained as the wasm one is compiled: a switch, pymalloc, the same -O,
# modules built in (as shared objects each would overwrite the others' counters).
profile_python() {
  rm -rf "$work/profile" && mkdir -p "$work/profile" && cd "$work/profile"
  MODULE_BUILDTYPE=static run profile-configure ../src/cpython/configure CC="$work/bin/native-cc" OPT="-DNDEBUG -O2 -g0" \
    CFLAGS_NODIST=-fprofile-instr-generate LDFLAGS_NODIST=-fprofile-instr-generate \
    --without-computed-gotos --without-ensurepip --disable-test-modules
  LLVM_PROFILE_FILE=/dev/null run profile-make make -j"$jobs" all
}

# Modules that need what WASI or this build does not have.
absent=(_ctypes _ssl _hashlib _tkinter readline _uuid _curses _curses_panel _dbm _gdbm _posixsubprocess
  _posixshmem _multiprocessing resource termios syslog grp pwd xxsubtype _xxtestfuzz _testcapi
  _testlimitedcapi _testinternalcapi _testbuffer _testclinic _testclinic_limited nis ossaudiodev spwd)

codegen_flags() {
  case $codegen in
  plain) ;;
  pgo | pgo-lto)
    mkdir -p "$work/pgo"
    zstd -dqf "$here/profile.profdata.zst" -o "$work/pgo/profile.profdata"
    printf '%s' "-fprofile-instr-use=$work/pgo/profile.profdata -Wno-profile-instr-unprofiled -Wno-profile-instr-out-of-date -Wno-backend-plugin "
    ;;&
  pgo-lto) printf '%s' '-flto=thin' ;;
  pgo) ;;
  *) die "VIVARIUM_CODEGEN=$codegen: want plain, pgo or pgo-lto" ;;
  esac
}

wasm_configure() {
  rm -rf "$work/wasm" && mkdir -p "$work/wasm" && cd "$work/wasm"
  local m na=()
  for m in "${absent[@]}"; do na+=("py_cv_module_$m=n/a"); done
  # Absolute-time sleeps are refused by wazero, hence the two clock_nanosleep answers.
  CONFIG_SITE=$work/src/cpython/Tools/wasm/config.site-wasm32-wasi run wasm-configure \
    ../src/cpython/configure --host=wasm32-wasip1 --build=x86_64-pc-linux-gnu \
    --with-build-python="$native" --with-pymalloc --disable-test-modules --without-ensurepip \
    --disable-ipv6 --prefix=/ OPT="-DNDEBUG -O2 -g0" \
    CC="$work/bin/wasm-cc" CPP="$work/bin/wasm-cc -E" AR="$llvm/llvm-ar" RANLIB="$llvm/llvm-ranlib" \
    PKG_CONFIG=/bin/false HOSTRUNNER=/bin/false CPPFLAGS=-I../include LDFLAGS=-L../lib \
    ZLIB_CFLAGS=-I../include ZLIB_LIBS="-L../lib -lz" BZIP2_CFLAGS=-I../include BZIP2_LIBS="-L../lib -lbz2" \
    LIBLZMA_CFLAGS=-I../include LIBLZMA_LIBS="-L../lib -llzma" \
    LIBSQLITE3_CFLAGS=-I../include LIBSQLITE3_LIBS="-L../lib -lsqlite3" \
    ac_cv_func_clock_nanosleep=no ac_cv_lib_rt_clock_nanosleep=no "${na[@]}"
}

wasm_python() {
  cd "$work/wasm"
  run wasm-clean make clean # make does not see that the flags of another codegen have changed
  rm -f "$work"/done/objects-*
  # At make time, because configure reads object files and cannot read bitcode.
  run wasm-make make -j"$jobs" CFLAGS_NODIST="$(codegen_flags)" ARFLAGS=rcsD libpython3.13.a
}
