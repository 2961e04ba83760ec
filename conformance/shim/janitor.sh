#!/bin/sh
# janitor.sh FOLDER: waits until its input ends, then removes every trace of a tester's folder: processes that have its
# events socket in their environment or that are in its cgroups, mounts, cgroups, their sockets, and the folder.
# It may run twice at once.

# What ends the tester must not end its janitor.
trap '' INT TERM HUP
cat > /dev/null

folder=$1
cgroup=${folder##*/}
[ -d "$folder" ] || exit 0
[ -d "$folder/gate" ] && rm -f "$folder"/gate/hold-* && touch "$folder/gate/open"

# A process of another pid namespace reads as 0, which would signal the janitor's own group.
end() { [ "$1" -gt 1 ] && kill -9 "$1"; }
# The paths of the sockets that a process listens on: a shim's, whose address nobody may have read yet.
listening() {
  find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' |
    awk 'NR == FNR { mine[$1]; next } $4 == "00010000" && ("socket:[" $7 "]") in mine && $8 ~ /^\// { print $8 }' \
      - "/proc/$1/net/unix"
}
groups() { find /sys/fs/cgroup -depth -type d \( -path "*/$cgroup" -o -path "*/$cgroup/*" \) "$@"; }

{
  for _ in 1 2 3; do
    grep -laF "TTRPC_ADDRESS=$folder/events.sock" /proc/[0-9]*/environ | while read -r environ; do
      pid=${environ#/proc/}
      pid=${pid%/environ}
      # Stopped, it makes no socket that is not seen here.
      kill -STOP "$pid"
      listening "$pid" >> "$folder/sockets"
      end "$pid"
    done
    groups | while read -r group; do
      echo THAWED > "$group/freezer.state"
      echo 0 > "$group/cgroup.freeze"
      while read -r pid; do end "$pid"; done < "$group/cgroup.procs"
    done
    sleep 0.05
  done
  awk -v f="$folder/" 'index($5, f) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do
    umount -l "$mount"
  done
  for _ in 1 2 3 4 5 6 7 8; do
    groups -exec rmdir {} +
    [ -z "$(groups)" ] && break
    sleep 0.1
  done
  [ -f "$folder/address" ] && rm -f "$(cat "$folder/address")"
  [ -f "$folder/sockets" ] && while read -r socket; do rm -f "$socket"; done < "$folder/sockets"
  rm -rf "$folder"
} 2> /dev/null
