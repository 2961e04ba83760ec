#!/bin/sh
# A program that a shim runs as its OCI runtime (binary_name). It runs the real runtime, and holds create, start, exec
# and delete before their work, and after it, until the tester lets them go; other verbs where the tester has asked for
# them by name. gate.ts is the tester's end.
#
# The tester copies this file beside the folder `gate`; `gate/runtime` names the real runtime.
gate=${0%/*}/gate
read -r runtime < "$gate/runtime"

verb='' pidfile='' spec='' first='' last='' skip=''
for word in "$@"; do
  case $skip in
    pid) pidfile=$word; skip=''; continue ;;
    spec) spec=$word; skip=''; continue ;;
    value) skip=''; continue ;;
  esac
  case $word in
    --pid-file) skip=pid ;;
    --pid-file=*) pidfile=${word#*=} ;;
    --process | -p) skip=spec ;;
    --process=*) spec=${word#*=} ;;
    --root | --log | --log-format | --console-socket | --bundle | -b | --rootless | --criu) skip=value ;;
    -*) ;;
    *)
      if [ -z "$verb" ]; then verb=$word; else first=${first:-$word}; fi
      last=$word ;;
  esac
done

case $verb in
  create | start | delete) call=$verb-$last ;;
  exec)
    id=$(sed -n 's/.*SHIM_SPEC_EXEC=\([A-Za-z0-9._-]*\).*/\1/p' "$spec")
    [ -n "$id" ] || : > "$gate/nameless"
    call=exec-$last-$id ;;
  *)
    # kill has a signal behind the id.
    call=$verb-$first
    [ -e "$gate/hold-$call" ] || exec "$runtime" "$@" ;;
esac

is_open() { [ -e "$gate/open" ] && [ ! -e "$gate/hold-$call" ]; }

# Waits at the gate $1, before or after; fails where the tester says so. A call that is to lose its pid file has done its
# work, and the shim fails; one that has none fails itself.
hold() {
  is_open && return 0
  mkfifo "$gate/$call.$1" && : > "$gate/$call.$1.here"
  # Opened meanwhile, the tester may not have seen this call.
  is_open && rm -f "$gate/$call.$1" "$gate/$call.$1.here" && return 0
  read -r word < "$gate/$call.$1"
  rm -f "$gate/$call.$1" "$gate/$call.$1.here"
  case $word in
    fail) return 1 ;;
    lose) [ -n "$pidfile" ] && rm -f "$pidfile" ;;
  esac
}

fail() {
  echo 'the gate fails this call' >&2
  exit 1
}

hold before || fail
# runc delete has no work that the tester could look at after it.
[ "$verb" = delete ] && exec "$runtime" "$@"
"$runtime" "$@"
status=$?
if [ "$status" = 0 ]; then : > "$gate/$call.done"; else : > "$gate/$call.failed"; fi
[ -s "$pidfile" ] && cp "$pidfile" "$gate/$call.pid"
hold after || fail
exit "$status"
