#!/usr/bin/env bash
# Installs bedrock-ask where it is not given, and runs the check that the inputs ask for. Annotations and the summary are
# the program's own work: it sees that GitHub Actions runs it.
set -euo pipefail

readonly source_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)"
readonly room="${RUNNER_TEMP:-${TMPDIR:-/tmp}}/bedrock-ask"

fail() {
    echo "::error title=bedrock-ask::$1"
    exit 1
}

# The platform's name in the names of releases; nothing where none is released for it.
platform() {
    case "${RUNNER_OS:-$(uname -s)}-${RUNNER_ARCH:-$(uname -m)}" in
        Linux-X64 | Linux-x86_64) echo x86_64-unknown-linux-gnu ;;
        Linux-ARM64 | Linux-aarch64) echo aarch64-unknown-linux-gnu ;;
        macOS-X64 | Darwin-x86_64) echo x86_64-apple-darwin ;;
        macOS-ARM64 | Darwin-arm64) echo aarch64-apple-darwin ;;
        Windows-X64) echo x86_64-pc-windows-msvc ;;
    esac
}

# Downloads a release and holds it against its checksum; prints where the binary is. A missing release is status 3.
download() {
    local tag=$1 target=$2 name archive releases
    name="bedrock-ask-$tag-$target"
    archive="$name.tar.gz"
    [[ $target != *-windows-* ]] || archive="$name.zip"
    releases="${GITHUB_SERVER_URL:-https://github.com}/${ACTION_REPOSITORY:-${GITHUB_REPOSITORY:-}}/releases/download/$tag"
    mkdir -p "$room"
    cd "$room"
    curl --fail --silent --show-error --location --retry 3 --remote-name "$releases/SHA256SUMS" >&2 || return 3
    curl --fail --silent --show-error --location --retry 3 --remote-name "$releases/$archive" >&2 || return 3
    # Exactly one line may name the archive, and it must be right.
    grep -E "^[0-9a-f]{64} [ *]$archive\$" SHA256SUMS >"$archive.sha256" || fail "SHA256SUMS of $tag does not name $archive" >&2
    checksum "$archive.sha256" >&2 || fail "$archive is not what its checksum says" >&2
    if [[ $archive == *.zip ]]; then unzip -qo "$archive"; else tar -xzf "$archive"; fi
    echo "$room/$name/bedrock-ask"
}

checksum() {
    if command -v sha256sum >/dev/null; then sha256sum --check --strict "$1"; else shasum -a 256 --check --strict "$1"; fi
}

# Prints where the binary is: the one that is given, a release's, or one that is built from this action's source.
install() {
    local tag target built status=0
    if [ -n "${BINARY:-}" ]; then
        echo "$BINARY"
        return
    fi
    tag="v$(sed -n 's/^version = "\(.*\)"$/\1/p' "$source_root/Cargo.toml" | head -n 1)"
    [ -z "${VERSION:-}" ] || tag="v${VERSION#v}"
    target=$(platform)
    if [ -n "$target" ]; then
        built=$(download "$tag" "$target") || status=$?
        case $status in
            0) echo "$built" && return ;;
            3) ;;
            *) return "$status" ;;
        esac
    fi
    [ -z "${VERSION:-}" ] || fail "there is no release $tag for this platform" >&2
    command -v cargo >/dev/null || fail "there is no release $tag for this platform, and no cargo to build one" >&2
    (cd "$source_root" && cargo build --release --locked --target-dir "$room/target") >&2
    find "$room/target/release" -maxdepth 1 -name 'bedrock-ask' -type f -o -maxdepth 1 -name 'bedrock-ask.exe' -type f
}

# Prints the outputs of the step: the exit code, and what the report holds if the check got as far as writing it.
outputs() {
    local status=$1 report=$2 count name failed
    echo "exit-code=$status"
    [ -s "$report" ] || return 0
    echo "report=$report"
    for name in checked passed warned inconclusive failed; do
        count=$(sed -n "1s/.*\"counts\":{[^}]*\"$name\":\([0-9]*\).*/\1/p" "$report")
        echo "$name=$count"
    done
    # A quote inside a text is escaped, so that no message can look like a member.
    failed=$(sed -n '/"outcome":"failed"/s/.*"asked":"\([^"]*\)".*/\1/p' "$report" | awk '!seen[$0]++' | tr '\n' ' ')
    echo "failed-models=${failed% }"
}

main() {
    local binary arguments=(check --depth "${DEPTH:-invoke}") models regions reports report one status=0
    binary=$(install)
    mkdir -p "$room"
    report=$(mktemp "$room/report.XXXXXX")
    arguments+=(--report "json=$report")
    # Inputs are words; nothing in them is looked at by the shell.
    set -f
    read -r -d '' -a models <<<"${MODELS:-}" || true
    read -r -d '' -a regions <<<"${REGIONS:-}" || true
    read -r -d '' -a reports <<<"${REPORT:-}" || true
    for one in ${regions[@]+"${regions[@]}"}; do arguments+=(--region "$one"); done
    for one in ${reports[@]+"${reports[@]}"}; do arguments+=(--report "$one"); done
    [ -z "${FROM:-}" ] || arguments+=(--from "$FROM")
    [ -z "${ROUTING:-}" ] || arguments+=(--routing "$ROUTING")
    "$binary" "${arguments[@]}" -- ${models[@]+"${models[@]}"} || status=$?
    [ -z "${GITHUB_OUTPUT:-}" ] || outputs "$status" "$report" >>"$GITHUB_OUTPUT"
    if [ "$status" = 9 ] && [ "${INCONCLUSIVE:-fail}" = warn ]; then
        status=0
    fi
    exit "$status"
}

main
