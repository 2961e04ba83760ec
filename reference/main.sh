#!/bin/sh
# containerd-shim-spec-v2, the program that containerd runs. Node takes longer to start than a shim needs to work, so
# this shell does without it what it can: `start` in a group that is served, `delete` where nothing is left. Else it
# starts one Node, with main.js: for `start` that is the serving process itself.
set -u

self=$(readlink -f "$0")
main=${self%/*}/main.js
flags='@nodeFlags@'

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
    :--*=* | :-*=*) exec node $flags "$main" "$@" ;;
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

# `start` where the shim of the group serves already. Not with anything on standard input: it may name another socket.
start_in_group() {
  [ -c /dev/stdin ] && is_plain "$namespace$address$id" || return 1
  ! grep -q '"io.containerd.runc.v2.group"' "$bundle/config.json" 2>/dev/null || return 1
  group=$(annotation 'io.kubernetes.cri.sandbox-id')
  [ -n "$group" ] || return 1
  name=$(printf '["%s","%s","%s"]' "$address" "$namespace" "$group" | sha256sum)
  socket=/run/containerd/s/$(printf %.32s "$name")
  is_served "$socket" || return 1
  rm -f "$bundle/address" && (umask 177 && set -C && printf 'unix://%s' "$socket" >"$bundle/address") || return 1
  printf 'unix://%s' "$socket"
}

# Starts the serving process. It writes the answer to descriptor 4, which is containerd's, and how it went to 3.
start() {
  exec 4>&1 5<&0
  told=$(node $flags "$main" "$@" 3>&1 >&4 4>&- <&5 5<&- &)
  [ "$told" = ok ]
}

# Prints a number below 2^63 as a varint.
varint() {
  left=$1
  while [ "$left" -gt 127 ]; do
    byte "$((left % 128 + 128))"
    left=$((left / 128))
  done
  byte "$left"
}

byte() {
  # shellcheck disable=SC2059 # The format is an octal escape.
  printf "\\$(printf %03o "$1")"
}

# `delete` of a container of which nothing is left: no process, no state of the OCI runtime, no mount, no socket.
# Prints a DeleteResponse: pid, exit status 137 (two bytes as a varint), and now, a Timestamp.
delete_nothing() {
  is_plain "$id$namespace$bundle" && [ "$id" != . ] && [ "$id" != .. ] || return 1
  options=$bundle/shim-options.json
  root=/run/containerd/runc/$namespace
  if [ -e "$options" ]; then
    [ -f "$options" ] && [ ! -L "$options" ] || return 1
    root=$(sed -n 's/.*"root":"\([^"\\]*\)".*/\1/p' "$options")
  fi
  is_plain "$root" && [ ! -e "$root/$id" ] || return 1
  folder=$(readlink -f "$bundle") && is_plain "$folder" || return 1
  ! grep -q " $folder/" /proc/self/mountinfo || return 1
  pid=0 socket=''
  for file in init.pid address; do
    [ -e "$bundle/$file" ] || continue
    [ -f "$bundle/$file" ] && [ ! -L "$bundle/$file" ] || return 1
  done
  [ ! -e "$bundle/init.pid" ] || pid=$(head -c 32 "$bundle/init.pid")
  [ ! -e "$bundle/address" ] || socket=$(head -c 128 "$bundle/address")
  case $pid in
    '' | *[!0-9]*) return 1 ;;
  esac
  [ ! -d "/proc/$pid" ] || [ "$pid" = 0 ] || return 1
  [ ! -e "${socket#unix://}" ] || return 1
  seconds=$(date +%s)
  [ "$pid" = 0 ] || { byte 8 && varint "$pid"; }
  byte 16 && varint 137
  byte 26 && byte "$(($(varint "$seconds" | wc -c) + 1))" && byte 8 && varint "$seconds"
}

case $action in
  start)
    start_in_group || start "$@"
    ;;
  delete)
    delete_nothing || exec node $flags "$main" "$@"
    ;;
  *)
    exec node $flags "$main" "$@"
    ;;
esac
