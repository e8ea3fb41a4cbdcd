# The C libraries CPython's modules want, as static wasm archives under lib/.

archive() { # archive NAME OBJECT...
  "$llvm/llvm-ar" rcsD "$work/lib/$1" "${@:2}"
}

# objects SRC FLAGS... -- FILE...: compiles each file of src/SRC in obj/SRC.
objects() {
  local src=$1 flags=() out=$work/obj/$1 f
  shift
  while [ "$1" != -- ]; do flags+=("$1"); shift; done
  shift
  mkdir -p "$out"
  for f; do
    (cd "$work/src/$src" && "$work/bin/wasm-cc" -O2 -DNDEBUG "${flags[@]}" -c "$f.c" -o "$out/$(basename "$f").o")
  done
}

lib_zlib() {
  # gz* needs file descriptors nobody asks for.
  objects zlib -O3 -DHAVE_UNISTD_H -- adler32 compress crc32 deflate infback inffast inflate inftrees trees uncompr zutil
  archive libz.a "$work"/obj/zlib/*.o
  cp "$work"/src/zlib/{zlib,zconf}.h "$work/include/"
}

lib_bz2() {
  objects bzip2 -D_FILE_OFFSET_BITS=64 -- blocksort bzlib compress crctable decompress huffman randtable
  archive libbz2.a "$work"/obj/bzip2/*.o
  cp "$work/src/bzip2/bzlib.h" "$work/include/"
}

lib_lzma() {
  mkdir -p "$work/obj/xz"
  cd "$work/obj/xz"
  run xz-configure ../../src/xz/configure --host=wasm32-wasip1 --build=x86_64-pc-linux-gnu \
    CC="$work/bin/wasm-cc" AR="$llvm/llvm-ar" RANLIB="$llvm/llvm-ranlib" CFLAGS="-O2 -DNDEBUG" \
    --enable-static --disable-shared --enable-threads=no --enable-sandbox=no --disable-nls --disable-doc \
    --disable-xz --disable-xzdec --disable-lzmadec --disable-lzmainfo --disable-lzma-links --disable-scripts
  run xz-make make -j"$jobs" -C src/liblzma
  archive liblzma.a $(find src/liblzma -name '*.o' | sort)
  cp -r "$work/src/xz/src/liblzma/api/." "$work/include/"
}

lib_sqlite3() {
  # The amalgamation is made by sqlite's own scripts, which want tclsh.
  mkdir -p "$work/obj/sqlite-gen" && cd "$work/obj/sqlite-gen"
  run sqlite-configure ../../src/sqlite3/configure --disable-shared CC="$work/bin/native-cc"
  run sqlite-make make sqlite3.c
  cp sqlite3.h sqlite3.c "$work/include/"
  # No other process ever opens the file, so locks are not needed; WASI preview 1 has none, nor mmap.
  "$work/bin/wasm-cc" -O2 -DNDEBUG -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_WAL \
    -DSQLITE_MAX_MMAP_SIZE=0 -DSQLITE_DEFAULT_UNIX_VFS='"unix-none"' -DSQLITE_TEMP_STORE=2 \
    -DSQLITE_DQS=0 -DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_RTREE \
    -c "$work/include/sqlite3.c" -o "$work/obj/sqlite3.o"
  archive libsqlite3.a "$work/obj/sqlite3.o"
}

libs() {
  mkdir -p "$work/lib" "$work/include" "$work/obj"
  once lib-zlib lib_zlib
  once lib-bz2 lib_bz2
  once lib-lzma lib_lzma
  once lib-sqlite3 lib_sqlite3
}
