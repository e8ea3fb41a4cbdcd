# From the archives to the artefact: freeze the standard library, link, meter,
# compress, describe.

# The files of the time zone database that hold zones; the rest are sources of these.
zone_files=(africa antarctica asia australasia europe northamerica southamerica etcetera backward factory)

freeze() {
  rm -rf "$work/zones" "$work/frozen" && mkdir -p "$work/zones" "$work/frozen"
  (cd "$work/src/tzdata" && zic -b slim -d "$work/zones" "${zone_files[@]}")
  # Not -I: that ignores PYTHONHASHSEED, on which the order of frozen sets depends.
  "$native" -s "$here/freeze.py" "$work/frozen" "$work/zones" "$work/src/cpython/Lib" "$repo/python/lib"
}

link() {
  local f objects=() includes=(-I"$work/src/cpython/Include" -I"$work/wasm" -I"$repo/python/guest" -D_WASI_EMULATED_SIGNAL)
  mkdir -p "$work/obj/guest"
  for f in "$repo"/python/guest/*.c "$work/frozen/frozen.c"; do
    "$work/bin/wasm-cc" -O2 -Wall -Wno-c23-extensions -ffile-prefix-map="$repo"=. --embed-dir="$work/frozen" \
      "${includes[@]}" -c "$f" -o "$work/obj/guest/$(basename "$f").o"
    objects+=("../obj/guest/$(basename "$f").o")
  done
  cd "$work/wasm"
  local lto=()
  [ "$codegen" = pgo-lto ] && lto=(-flto=thin -Wl,--thinlto-jobs=1 -Wl,--lto-O2)
  # The guest's objects come first: their sbrk and nanosleep replace wasi-libc's.
  # No -O here: with one, clang runs whatever wasm-opt it finds on the machine.
  run link "$work/bin/wasm-cc" "${lto[@]}" -mexec-model=reactor -z stack-size=$stack \
    -Wl,--stack-first,--strip-all,--gc-sections -Wl,--export=__stack_pointer \
    "${objects[@]}" libpython3.13.a Modules/_decimal/libmpdec/libmpdec.a Modules/expat/libexpat.a \
    Modules/_hacl/libHacl_Hash_SHA2.a -L../lib -lz -lbz2 -llzma -lsqlite3 -lm -ldl \
    -lwasi-emulated-signal -lwasi-emulated-getpid -lwasi-emulated-process-clocks \
    -o "$work/unmetered.wasm"
}

meter() {
  (cd "$repo" && go run ./modules/internal/wasmpass -meter "$work/unmetered.wasm" "$work/cpython.wasm") >"$work/meter.json"
}

# licences NAME FILE: everything that is linked in, by the text its package carries.
licence() { cat "${@:2}" >"$repo/modules/LICENSES/$1.txt"; }

licences() {
  rm -rf "$repo/modules/LICENSES" && mkdir -p "$repo/modules/LICENSES"
  local src=$work/src
  licence cpython "$src/cpython/LICENSE"
  # What CPython itself has taken in, dtoa, SipHash and the Unicode database among others.
  sed -n '/^Licenses and Acknowledgements for Incorporated Software/,$p' "$src/cpython/Doc/license.rst" |
    licence cpython-incorporated -
  licence zlib "$src/zlib/LICENSE"
  licence bzip2 "$src/bzip2/LICENSE"
  licence xz "$src/xz/COPYING" "$src/xz/COPYING.0BSD"
  licence sqlite3 "$src/sqlite3/LICENSE.md"
  licence tzdata "$src/tzdata/LICENSE"
  # cloudlibc and, under CC0, dlmalloc too; the copyright file refers to that text, and
  # forgets musl, whose package is fetched for its licence.
  tar -xOf "$work/dl/$(pinned musl)" --wildcards '*/COPYRIGHT' >"$repo/modules/LICENSES/musl.txt"
  licence wasi-libc "$work/sysroot/usr/share/doc/wasi-libc/copyright" /usr/share/common-licenses/CC0-1.0
  licence compiler-rt /usr/share/doc/libclang-rt-19-dev-wasm32/copyright
  licence expat "$src/cpython/Modules/expat/COPYING"
  sed -n '1,/^ \*\/$/p' "$src/cpython/Modules/_decimal/libmpdec/mpdecimal.c" >"$repo/modules/LICENSES/libmpdec.txt"
  sed -n '1,/^ \*\/$/p' "$src/cpython/Modules/_hacl/Hacl_Hash_SHA2.c" >"$repo/modules/LICENSES/hacl.txt"
}

# recipe_digest: of everything the artefact depends on in this repository, the metering
# pass included. A Go test computes the same: SHA-256 over "digest  path" lines in the
# order of the paths.
recipe_digest() {
  (cd "$repo" && find python/build python/guest python/lib modules/internal -type f \
    ! -name README.md ! -name '*_test.go' ! -path '*/testdata/*' ! -path '*/__pycache__/*' | sort |
    xargs sha256sum | sha256sum | cut -d' ' -f1)
}

package() {
  zstd -qf --ultra -22 "$work/cpython.wasm" -o "$repo/modules/cpython.wasm.zst"
  licences
  (cd "$repo" && go run ./modules/internal/wasmpass -inspect "$work/cpython.wasm") >"$work/inspect.json"
  "$native" -I "$here/manifest.py" "$repo/modules" "$work" "$here/pins.tsv" "$abi" "$(recipe_digest)" \
    codegen="$codegen" target="${wasm_target[*]}" optimise=-O2 stack="$stack"
}
