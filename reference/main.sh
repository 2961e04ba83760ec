#!/bin/sh
# containerd-shim-spec-v2, the program that containerd runs. Node takes longer to start than a shim needs to work, so
# this shell does without it what it can: `start` in a group that is served, `delete` after Delete. Else it starts one
# Node, with main.ts: for `start` that is the serving process itself. It runs few programs: each takes a millisecond.
set -u
# Meant for other programs of Node's: Node would parse the certificates at each start, and refuse its snapshot.
unset NODE_EXTRA_CA_CERTS NODE_OPTIONS

newline='
'
action='' id='' namespace='' address='' bundle=$PWD flag=''

take() {
  case $1 in
    id) id=$2 ;;
    namespace) namespace=$2 ;;
    address) address=$2 ;;
    bundle) bundle=$2 ;;
  esac
}

for word in "$@"; do
  # The word after a flag that takes a value is the value, whatever it looks like.
  case $flag:$word in
    ?*:*) take "$flag" "$word" && flag='' ;;
    :-debug | :--debug | :-v | :--v | :-version | :--version | :-info | :--info) ;;
    :-*=*) name=${word%%=*} && name=${name#-} && take "${name#-}" "${word#*=}" ;;
    :-*) flag=${word#-} && flag=${flag#-} ;;
    :*) action=$word ;;
  esac
done

# Whether a word means the same in JSON, in a path and in a pattern.
is_plain() {
  case $1 in
    '' | *[!A-Za-z0-9._:/-]*) return 1 ;;
  esac
}

# Whether a process of this network namespace listens at a unix socket: flag 00010000 of /proc/net/unix.
is_served() {
  [ -S "$1" ] && LC_ALL=C grep -q "^[^ ]* [^ ]* [^ ]* 00010000 .* $1\$" /proc/net/unix
}

# `start` where the shim of the group serves already. The annotation has to stand once in config.json, with a plain value.
start_in_group() {
  is_plain "$namespace$address$id" && [ -f "$bundle/config.json" ] || return 1
  pair='[^\\]"io[.]kubernetes[.]cri[.]sandbox-id"[[:space:]]*:[[:space:]]*"[^"\\]*"'
  found=$(LC_ALL=C grep -o -e "$pair" -e '"io[.]containerd[.]runc[.]v2[.]group"' "$bundle/config.json") || return 1
  case $found in
    *"$newline"* | *'.v2.group"') return 1 ;;
  esac
  group=${found%\"}
  group=${group##*\"}
  is_plain "$group" || return 1
  name=$(sha256sum <<END
["$address","$namespace","$group"]
END
) || return 1
  socket=/run/containerd/s/${name%"${name#????????????????????????????????}"}
  is_served "$socket" || return 1
  [ ! -e "$bundle/address" ] && [ ! -L "$bundle/address" ] || rm -f "$bundle/address" || return 1
  (umask 177 && set -C && printf 'unix://%s' "$socket" >"$bundle/address") || return 1
  print_answer "unix://$socket"
}

# The address, and to BootstrapParams of containerd 2.3 a BootstrapResult: 1 version 3, 2 address, 3 protocol. Params
# begin with their first field, the id; what older ones send begins with the name of a type.
print_answer() {
  if [ -c /dev/stdin ]; then
    printf %s "$1"
    return
  fi
  input=$(timeout 1 head -c $((2 + ${#id})))
  params=$(byte 10 && byte ${#id} && printf %s "$id")
  case $input in
    "$params") byte 8 && byte 3 && byte 18 && byte ${#1} && printf %s "$1" && byte 26 && byte 5 && printf ttrpc ;;
    *) printf %s "$1" ;;
  esac
}

byte() {
  # shellcheck disable=SC2059 # The format is an octal escape.
  printf "\\$(($1 / 64))$(($1 / 8 % 8))$(($1 % 8))"
}

# `delete` after a Delete that left nothing: the serving process kept its answer, and what remains is a socket of nobody.
delete_again() {
  [ -f "$bundle/deleted" ] && [ ! -L "$bundle/deleted" ] || return 1
  if [ -e "$bundle/address" ]; then
    [ -f "$bundle/address" ] || return 1
    socket=''
    IFS= read -r socket <"$bundle/address"
    socket=${socket#unix://}
    is_plain "$socket" || return 1
    [ ! -e "$socket" ] || is_served "$socket" || return 1
  fi
  folder=$(cd -P "$bundle" && pwd -P) && is_plain "$folder" || return 1
  ! LC_ALL=C grep -q " $folder/" /proc/self/mountinfo || return 1
  exec cat "$bundle/deleted"
}

# Node, with the flags that the build writes into this line. Until the process has started (startup/memory.ts), malloc
# takes large pages and gives none back, since the kernel clears each page that is taken.
node_with() {
  malloc=glibc.malloc
  GLIBC_TUNABLES=$malloc.hugetlb=1:$malloc.mmap_threshold=67108864:$malloc.top_pad=16777216:$malloc.arena_max=1 \
    exec node @nodeFlags@ "$@"
}

from_snapshot() { node_with --snapshot-blob "$startup/boot.blob" "$startup/boot.cjs" "$@"; }
from_bundle() { node_with "$startup/boot.cjs" "$@"; }

find_startup() {
  self=$0
  [ ! -L "$self" ] || self=$(readlink -f "$self")
  startup=${self%/*}/startup
}

# Whether this program said it itself. Else it was Node, which refuses the snapshot of another Node.
is_ours() {
  case $newline$1 in
    *"$newline"containerd-shim-spec-v2:*) ;;
    *) return 1 ;;
  esac
}

# Starts the serving process. It writes the answer to descriptor 4, which is containerd's, and how it went to 3.
start() {
  find_startup
  exec 4>&1 5<&0
  told=$(from_snapshot "$@" 3>&1 2>&1 >&4 4>&- <&5 5<&- &)
  case $told in
    *"$newline"ok) return 0 ;;
  esac
  if is_ours "$told"; then
    printf '%s\n' "$told" >&2
    return 1
  fi
  told=$(from_bundle "$@" 3>&1 >&4 4>&- <&5 5<&- &)
  [ "$told" = "${newline}ok" ]
}

# Does any other action.
with_node() {
  find_startup
  exec 4>&1
  said=$(from_snapshot "$@" 2>&1 >&4 4>&-)
  status=$?
  if [ $status -eq 0 ] || is_ours "$said"; then
    [ -z "$said" ] || printf '%s\n' "$said" >&2
    exit $status
  fi
  from_bundle "$@" 4>&-
}

# For people: Node refuses the snapshot of another version, so after a change of Node there has to be a new one.
make_snapshot() {
  find_startup
  # Node warns that it has not verified `tty` in a snapshot; the tests do.
  node_with --no-warnings --snapshot-blob "$startup/boot.blob" --build-snapshot "$startup/snapshot.cjs"
}

case $action in
  snapshot)
    make_snapshot
    ;;
  start)
    start_in_group || start "$@"
    ;;
  delete)
    delete_again || with_node "$@"
    ;;
  *)
    with_node "$@"
    ;;
esac
