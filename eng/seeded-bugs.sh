#!/bin/bash
# Tests that cannot fail prove nothing. Each file of eng/seeded-bugs says what it breaks and which tests must notice; here
# each is applied to a scratch copy, and its tests are required to be red. Words after the command choose some by name:
#   eng/seeded-bugs.sh unsynced duplicates
# First the same tests must be green without any bug; KLAVIYO_GREEN=yes says that they are known to be. A patch that does not
# apply any more has to be made again.
set -uo pipefail
cd "$(dirname "$0")/.."
export DOTNET_NOLOGO=true DOTNET_CLI_TELEMETRY_OPTOUT=true
root=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git ls-files -z | xargs -0 cp --parents -t "$scratch"

field() { sed -n "s/^$1: //p" "$2"; }

filter() { sed 's/Name~/FullyQualifiedName~/g' <<<"$1"; }

build() { (cd "$scratch" && dotnet build Klaviyo.Tests -c Release -p:RunAnalyzers=false -v quiet >build.log 2>&1); }

# The files of a patch as they are without the bug, kept and brought back.
files() { sed -n 's|^+++ b/||p' "$1"; }

# Only the project that a patch changes, put where the tests look for it: nothing that they see of it has changed.
rebuild() {
  local project
  project=$(files "$1" | head -n 1 | cut -d/ -f1)
  (
    cd "$scratch" \
      && dotnet build "$project" -c Release -p:RunAnalyzers=false --no-restore --no-dependencies -v quiet >build.log 2>&1 \
      && cp "$project/bin/Release/net10.0/$project.dll" Klaviyo.Tests/bin/Release/net10.0/
  )
}

# Ends with the exit code of the tests, at the first that is red; a hanging one is red as well.
tests() {
  (
    cd "$scratch" \
      && timeout 900 dotnet test Klaviyo.Tests/bin/Release/net10.0/Klaviyo.Tests.dll --filter "$(filter "$1")" \
        -- NUnit.StopOnError=true >test.log 2>&1
  )
}

chosen() {
  [ $# -eq 1 ] && return 0
  local patch=$1 word
  shift
  for word in "$@"; do
    [[ $patch == *$word* ]] && return 0
  done
  return 1
}

patches=() all=''
for patch in "$root"/eng/seeded-bugs/*.patch; do
  if chosen "$patch" "$@"; then
    patches+=("$patch")
    all="$all${all:+|}$(field Tests "$patch")"
  fi
done

build || { cat "$scratch/build.log"; exit 1; }
if [ "${KLAVIYO_GREEN:-no}" != yes ] && ! tests "$all"; then
  grep -E '^ +Failed |Failed!' "$scratch/test.log"
  echo "The tests are red without any bug."
  exit 1
fi

keep() { files "$1" | while IFS= read -r file; do cp "$scratch/$file" "$scratch/$file.kept"; done; }

bring_back() {
  (cd "$scratch" && find . \( -name '*.rej' -o -name '*.orig' \) -delete)
  files "$1" | while IFS= read -r file; do
    mv "$scratch/$file.kept" "$scratch/$file"
    touch "$scratch/$file"
  done
}

missed=0
for patch in "${patches[@]}"; do
  name=$(basename "$patch" .patch)
  keep "$patch"
  if ! (cd "$scratch" && patch -p1 --quiet --fuzz=1 <"$patch"); then
    echo "$name: does not apply any more"
    missed=$((missed + 1))
  elif ! rebuild "$patch"; then
    echo "$name: does not compile any more"
    grep -m 3 'error' "$scratch/build.log"
    missed=$((missed + 1))
  elif tests "$(field Tests "$patch")"; then
    echo "$name: NOT NOTICED. $(field Bug "$patch")"
    missed=$((missed + 1))
  else
    echo "$name: noticed by $(grep -m 1 -oE '^ +Failed [A-Za-z0-9_]+' "$scratch/test.log" | sed 's/ *Failed //')"
  fi
  bring_back "$patch"
done

echo
echo "${#patches[@]} seeded bugs, $missed not noticed"
[ "$missed" -eq 0 ]
