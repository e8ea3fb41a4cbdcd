# Tools from the system's own suite; sources and the sysroot from pinned suites,
# through a private apt root, so that the system is never upgraded.

# Debian packages the steps call, in the system's own suite (bookworm).
tools=(clang-19 lld-19 llvm-19 libclang-rt-19-dev libclang-rt-19-dev-wasm32 dpkg-dev patch make tcl xz-utils zstd bzip2 libc-bin)

install_tools() {
  local missing=()
  for p in "${tools[@]}"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed || missing+=("$p")
  done
  [ ${#missing[@]} -eq 0 ] && return
  [ "$(id -u)" = 0 ] || die "these Debian packages are missing: ${missing[*]}; install them, or run as root"
  export DEBIAN_FRONTEND=noninteractive
  run apt-update apt-get update
  run apt-install apt-get install -y --no-install-recommends "${missing[@]}"
}

# private_apt: an apt root under work/apt that knows the suites of pins.tsv. Where
# they are served, and the key they are signed with, is what the machine's own
# configuration says of its Debian suite.
private_apt() {
  local root=$work/apt own uri key suite
  own=$(. /etc/os-release && printf %s "$VERSION_CODENAME")
  uri=$(apt-get indextargets --format '$(CODENAME)/$(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v want="$own/main" '$1 == want && !found {print $2; found = 1}')
  key=/usr/share/keyrings/debian-archive-keyring.gpg # of package debian-archive-keyring
  [ -n "$uri" ] || die "apt knows no source of Debian $own main to derive the other suites from"
  mkdir -p "$root"/{lists/partial,cache/archives/partial,preferences.d,dpkg}
  : >"$root/dpkg/status"
  : >"$root/sources.list"
  for suite in $(awk -F'\t' '!/^#/ {print $3}' "$here/pins.tsv" | sort -u); do
    printf '%s [signed-by=%s] %s %s main\n' deb "$key" "$uri" "$suite" deb-src "$key" "$uri" "$suite" >>"$root/sources.list"
  done
  cat >"$root/apt.conf" <<END
Dir::Etc::sourcelist "$root/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferencesparts "$root/preferences.d";
Dir::State::lists "$root/lists";
Dir::State::status "$root/dpkg/status";
Dir::Cache "$root/cache";
APT::Sandbox::User "root";
END
  export APT_CONFIG=$root/apt.conf
  run private-apt-update apt-get update
}

# fetch: downloads what pins.tsv names and compares its digest. Only the upstream
# tarball of a source package is wanted: Debian's own changes are not linked in.
fetch() {
  mkdir -p "$work/dl"
  cd "$work/dl"
  local package version suite kind file sum
  while IFS=$'\t' read -r package version suite kind file sum; do
    case $package in '#'*) continue ;; esac
    if ! [ -e "$file" ]; then
      [ -n "${APT_CONFIG:-}" ] || private_apt
      case $kind in
      source) nice apt-get source -qq --download-only --tar-only "$package=$version" ;;
      deb) nice apt-get download -qq "$package=$version" ;;
      esac >"$work/log/fetch-$package" 2>&1 || moved "$package" "$version" "$suite" "$kind"
      [ -e "$file" ] || moved "$package" "$version" "$suite" "$kind"
    fi
    printf '%s  %s\n' "$sum" "$file" | sha256sum --quiet -c - >&2 || die "$file does not have the digest in pins.tsv"
  done <"$here/pins.tsv"
  unset APT_CONFIG
}

moved() {
  local now
  case $4 in
  source) now=$(apt-cache showsrc "$1" | sed -n 's/^Version: //p' | sort -uV | tr '\n' ' ') ;;
  deb) now=$(apt-cache show "$1" | sed -n 's/^Version: //p' | sort -uV | tr '\n' ' ') ;;
  esac
  tail -n 5 "$work/log/fetch-$1" >&2
  die "$1 $2 of $3 cannot be fetched any more; the archive now has: ${now:-nothing}. Pin one of these in pins.tsv."
}

# unpack PACKAGE NAME: the pinned tarball as src/NAME.
unpack() {
  rm -rf "$work/src/$2" && mkdir -p "$work/src/$2"
  local strip=1
  [ "$1" = tzdata ] && strip=0 # has no top folder
  tar -xf "$work/dl/$(pinned "$1")" -C "$work/src/$2" --strip-components=$strip
}

# Whatever is built of other sources is no longer worth keeping.
sources() {
  rm -rf "$work/done"
  unpack python3.13 cpython
  unpack zlib zlib
  unpack bzip2 bzip2
  unpack xz-utils xz
  unpack sqlite3 sqlite3
  unpack tzdata tzdata
  local p
  for p in "$here"/patches/*.patch; do
    (cd "$work/src/cpython" && run "patch-$(basename "$p")" patch -p1 -i "$p")
  done
  rm -rf "$work/sysroot" && mkdir -p "$work/sysroot"
  dpkg-deb -x "$work/dl/$(pinned wasi-libc)" "$work/sysroot"
}
