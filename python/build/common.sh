# Names, folders and flags every step shares. Sourced, never run.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../.." && pwd)
work=${VIVARIUM_BUILD_DIR:-${TMPDIR:-/tmp}/vivarium-build}
mkdir -p "$work"
work=$(cd "$work" && pwd -P)

python=3.13.15
abi=$(sed -n 's/^#define VIV_ABI_VERSION //p' "$repo/python/guest/vivarium_abi.h")

# Everything a build could vary by is fixed here; the date is CPython 3.13.15's.
export LC_ALL=C TZ=UTC PYTHONHASHSEED=0 SOURCE_DATE_EPOCH=1785888000
export ZERO_AR_DATE=1
unset CFLAGS CPPFLAGS LDFLAGS CC CXX AR MAKEFLAGS PYTHONPATH PYTHONHOME
umask 022

llvm=/usr/lib/llvm-19/bin
sysroot=$work/sysroot/usr
native=$work/native/python
jobs=${VIVARIUM_JOBS:-$(nproc)}

# plain: -O2. pgo: with the committed profile. pgo-lto: and ThinLTO; this is what is shipped.
codegen=${VIVARIUM_CODEGEN:-pgo-lto}

# What wasm engines have had since core 2.0; -ffile-prefix-map keeps the scratch folder out of the module.
wasm_target=(--target=wasm32-wasi -mbulk-memory -msign-ext -mnontrapping-fptoint)
stack=8388608 # 2 MiB traps in deep recursion, 8 MiB survives every case tried

say() { printf '== %s\n' "$*" >&2; }
die() { printf 'build: %s\n' "$*" >&2; exit 1; }

# run LOG CMD...: quiet unless it fails.
run() {
  local log=$work/log/$1
  shift
  mkdir -p "$work/log"
  nice -n 10 "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; die "$1 failed, see $log"; }
}

# once STAMP FUNCTION...: runs a step that has not been finished in this folder.
once() {
  [ -e "$work/done/$1" ] && return
  say "$1"
  "${@:2}"
  mkdir -p "$work/done"
  touch "$work/done/$1"
}

# inputs FILE...: a few digits that change when one of them does, for the name of a stamp.
inputs() { (cd "$here" && find "$@" -type f | sort | xargs sha256sum | sha256sum | cut -c1-8); }

# pinned PACKAGE: the name of its downloaded file.
pinned() { awk -F'\t' -v p="$1" '$1 == p {print $5}' "$here/pins.tsv"; }

compilers() {
  mkdir -p "$work/bin"
  # Wrappers, because configure trips over a CC with spaces.
  cat >"$work/bin/wasm-cc" <<EOF
#!/bin/sh
exec $llvm/clang ${wasm_target[*]} --sysroot=$sysroot -ffile-prefix-map=$work=. -fdebug-compilation-dir=. "\$@"
EOF
  printf '#!/bin/sh\nexec %s/clang -ffile-prefix-map=%s=. "$@"\n' "$llvm" "$work" >"$work/bin/native-cc"
  chmod +x "$work/bin/"*
}
