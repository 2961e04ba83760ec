#!/bin/sh
# containerd-shim-spec-v2, the program that containerd runs. Node takes longer to start than a shim needs to work, so
# this shell does without it what it can: `start` in a group that is served, `delete` after Delete. Else it starts one
# Node, with main.ts: for `start` that is the serving process itself.
set -u

self=$(readlink -f "$0")
main=${self%/*}/startup/boot.cjs

# The build writes Node's flags into this line.
with_node() { exec node @nodeFlags@ "$main" "$@"; }

action='' id='' namespace='' address='' bundle=$PWD flag=''
for word in "$@"; do
  case $flag in
    id) id=$word ;;
    namespace) namespace=$word ;;
    address) address=$word ;;
    bundle) bundle=$word ;;
  esac
  # The word after a flag that takes a value is the value, whatever it looks like.
  case $flag:$word in
    ?*:*) flag='' ;;
    :-debug | :--debug | :-v | :--v | :-version | :--version | :-info | :--info) ;;
    :--*=* | :-*=*) with_node "$@" ;;
    :--*) flag=${word#--} ;;
    :-*) flag=${word#-} ;;
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
  [ -S "$1" ] && grep -q "^[^ ]* [^ ]* [^ ]* 00010000 .* $1\$" /proc/net/unix
}

# Prints the value of a key of config.json that stands there once; nothing where it is missing, or not plain.
annotation() {
  values=$(grep -o "[^\\\\]\"$1\"[[:space:]]*:[[:space:]]*\"[^\"\\\\]*\"" "$bundle/config.json") || return 0
  value=${values%\"}
  value=${value##*\"}
  is_plain "$value" && [ "$(printf '%s\n' "$values" | wc -l)" -eq 1 ] && printf %s "$value"
}

# `start` where the shim of the group serves already.
start_in_group() {
  is_plain "$namespace$address$id" && [ -f "$bundle/config.json" ] || return 1
  ! grep -q '"io.containerd.runc.v2.group"' "$bundle/config.json" || return 1
  group=$(annotation 'io.kubernetes.cri.sandbox-id')
  [ -n "$group" ] || return 1
  name=$(printf '["%s","%s","%s"]' "$address" "$namespace" "$group" | sha256sum)
  socket=/run/containerd/s/$(printf %.32s "$name")
  is_served "$socket" || return 1
  rm -f "$bundle/address" && (umask 177 && set -C && printf 'unix://%s' "$socket" >"$bundle/address") || return 1
  print_answer "unix://$socket"
}

# The address, and to BootstrapParams of containerd 2.3 a BootstrapResult: 1 version 3, 2 address, 3 protocol. Params
# begin with their first field, the id; what older ones send begins with the name of a type.
print_answer() {
  if [ -c /dev/stdin ]; then input=''; else input=$(timeout 1 head -c 4096 | tr -d '\000'); fi
  params=$(byte 10 && byte ${#id} && printf %s "$id")
  case $input in
    "$params"*) byte 8 && byte 3 && byte 18 && byte ${#1} && printf %s "$1" && byte 26 && byte 5 && printf ttrpc ;;
    *) printf %s "$1" ;;
  esac
}

byte() {
  # shellcheck disable=SC2059 # The format is an octal escape.
  printf "\\$(printf %03o "$1")"
}

# Starts the serving process. It writes the answer to descriptor 4, which is containerd's, and how it went to 3.
start() {
  exec 4>&1 5<&0
  told=$(with_node "$@" 3>&1 >&4 4>&- <&5 5<&- &)
  [ "$told" = ok ]
}

# `delete` after a Delete that left nothing: the serving process kept its answer, and what remains is a socket of nobody.
delete_again() {
  [ -f "$bundle/deleted" ] && [ ! -L "$bundle/deleted" ] || return 1
  if [ -e "$bundle/address" ]; then
    [ -f "$bundle/address" ] || return 1
    socket=$(head -c 128 "$bundle/address")
    socket=${socket#unix://}
    is_plain "$socket" || return 1
    [ ! -e "$socket" ] || is_served "$socket" || return 1
  fi
  folder=$(readlink -f "$bundle") && is_plain "$folder" || return 1
  ! grep -q " $folder/" /proc/self/mountinfo || return 1
  cat "$bundle/deleted"
}

case $action in
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
