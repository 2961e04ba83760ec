package shimtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	eventstypes "github.com/containerd/containerd/api/events"
	bootstrap "github.com/containerd/containerd/api/runtime/bootstrap/v1"
	task "github.com/containerd/containerd/api/runtime/task/v2"
	ttrpcevents "github.com/containerd/containerd/api/services/ttrpc/events/v1"
	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/containerd/ttrpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"
)

// RaceSuite contains tests that bring about races between what a shim starts and what exits. Each holds the OCI runtime
// at the points where the race is decided, so none depends on luck.
type RaceSuite struct {
	cfg Config
}

// NewRaceSuite constructs a RaceSuite from the given options.
func NewRaceSuite(cfg Config) *RaceSuite {
	return &RaceSuite{cfg: cfg}
}

// Run runs every test in the suite as a subtest of t.
func (s *RaceSuite) Run(t *testing.T) {
	t.Helper()
	t.Run("EveryWaitReturnsWaitC1BigLock", s.testEveryWaitReturnsWaitC1BigLock)
	t.Run("AnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespaceBigLock", s.testAnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespaceBigLock)
	t.Run("TheShimDoesNotPanicProcessExitsBigLock", s.testTheShimDoesNotPanicProcessExitsBigLock)
	t.Run("TheShimDoesNotPanicProcessExits2BigLock", s.testTheShimDoesNotPanicProcessExits2BigLock)
	t.Run("NoExitIsLostC1BigLock", s.testNoExitIsLostC1BigLock)
	t.Run("NoExitIsLostC1E1BigLock", s.testNoExitIsLostC1E1BigLock)
	t.Run("AnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespace2BigLock", s.testAnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespace2BigLock)
	t.Run("NoExitIsLostC1EarlyExits", s.testNoExitIsLostC1EarlyExits)
	t.Run("AnInitsExitIsTheLastOfItsContainerC1E1EarlyExits", s.testAnInitsExitIsTheLastOfItsContainerC1E1EarlyExits)
	t.Run("NoExitIsLostC1SharedPidNamespaceEarlyExits", s.testNoExitIsLostC1SharedPidNamespaceEarlyExits)
	t.Run("AnInitsExitIsTheLastOfItsContainerC1E12EarlyExits", s.testAnInitsExitIsTheLastOfItsContainerC1E12EarlyExits)
	t.Run("AtMostOneExitPerProcessC1EarlyExits", s.testAtMostOneExitPerProcessC1EarlyExits)
	t.Run("AtMostOneExitPerProcessC1E1EarlyExits", s.testAtMostOneExitPerProcessC1E1EarlyExits)
	t.Run("NoExitIsLostC1E1EarlyExits", s.testNoExitIsLostC1E1EarlyExits)
	t.Run("AnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespacePendingExecs", s.testAnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespacePendingExecs)
	t.Run("NoExitIsLostC1PendingExecs", s.testNoExitIsLostC1PendingExecs)
	t.Run("AnInitsExitIsTheLastOfItsContainerC1E12PendingExecs", s.testAnInitsExitIsTheLastOfItsContainerC1E12PendingExecs)
	t.Run("AnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespace2PendingExecs", s.testAnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespace2PendingExecs)
	t.Run("NoExitIsLostC12PendingExecs", s.testNoExitIsLostC12PendingExecs)
	t.Run("NoExitIsLostC1E1PendingExecs", s.testNoExitIsLostC1E1PendingExecs)
	t.Run("NoOrphanAfterAnInitsExitC1E1SharedPidNamespaceRunningExecs", s.testNoOrphanAfterAnInitsExitC1E1SharedPidNamespaceRunningExecs)
	t.Run("AnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespaceRunningExecs", s.testAnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespaceRunningExecs)
	t.Run("ShutdownLeavesNoProcessBehindCreateC1Main", s.testShutdownLeavesNoProcessBehindCreateC1Main)
	t.Run("Finding13NoExecIsCountedOutTwiceC1", s.testFinding13NoExecIsCountedOutTwiceC1)
	t.Run("Finding15EveryWaitReturnsWaitC1E1", s.testFinding15EveryWaitReturnsWaitC1E1)
}

const (
	raceShimFlag    = "Config.ShimBinary"
	raceRuntimeFlag = "the OCI runtime"
)

// EveryWaitReturnsWaitC1BigLock asks of a shim: every Wait returns (wait c1).
//
// shim-spec found the interleaving in its revision big-lock: one lock around every start and exit.
func (s *RaceSuite) testEveryWaitReturnsWaitC1BigLock(t *testing.T) {
	//    1  ●              client        calls Create(c1)
	//    2  │ ●            create c1     s.mu.Lock()                                              service.go:119-122
	//       │ │                            mu = create c1
	//    3  │ │ ●          runc          runc forks c1 as pid 100
	//       │ │                            kernel[c1].status = alive
	//       │ │                            kernel[c1].pid = 100
	//    4  │ ●            create c1     runc.NewContainer returns                                service.go:122
	//       │ │                            processes[c1].state = created
	//       │ │                            processes[c1].pid = 100
	//    5  │ ●            create c1     s.containers[r.ID] = container; s.send(&TaskCreate)      service.go:127-129
	//       │ │                            containers[c1] = true
	//       │ │                            ▶ TaskCreate c1 pid 100
	//    6  │ ●            create c1     return; s.mu.Unlock()                                    service.go:143
	//       │                              mu = nil
	//    7  ●              client        calls Wait(c1)
	//    8  │     ●        wait c1       s.getContainer(c1)                                       service.go:431-435
	//    9  ●     │        client        calls Delete(c1)
	//   10        │ ●      delete c1     s.getContainer(c1)                                       service.go:212
	//   11        │ ●      delete c1     container.Delete                                         service.go:216
	//             │ │                      processes[c1].mu = delete c1
	//   12        │ ●      delete c1     container.Delete returns                                 service.go:216
	//             │ │                      kernel[c1].status = zombie
	//             │ │                      processes[c1].state = deleted
	//             │ │                      processes[c1].mu = nil
	//   13        │ │ ●    kernel        wait4 reaps c1, s.ec takes its exit
	//             │ │                      kernel[c1].status = reaped
	//             │ │                      ec = [exit of pid 100]
	//   14        │ ●      delete c1     delete(s.containers, r.ID)                               service.go:222-224
	//             │ │                      containers[c1] = false
	//   15        │ ●      delete c1     s.send(&TaskDelete)                                      service.go:225
	//             │                        ▶ TaskDelete c1 pid 100
	//   16        │     ●  processExits  e := <-s.ec, pid 100                                     service.go:511-512
	//             │     │                  ec = []
	//             │     │                  processExits.e = exit of pid 100
	//   17        │     ●  processExits  s.mu.Lock(), for handleProcessExit                       service.go:527
	//             │     │                  mu = processExits
	//   18        │     ●  processExits  checkProcesses: no container has the pid; s.mu.Unlock()  service.go:530-533
	//             │                        mu = nil
	//             │                        processExits.e = nil
	//
	//   events: TaskCreate c1 pid 100, TaskDelete c1 pid 100
	//   breaks 'every Wait returns' (wait c1) after step 18
	//   waiting at the end:
	//         wait c1 is blocked in p.Wait: nobody has set c1 exited (at p.Wait)
	//   replay: npx shim-spec replay big-lock --containers 1 --execs 1 --with wait,delete --choices 0,0,0,0,1,1,1,3,1,2,2,1,1,1,1,1,1,1

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("wait c1")
	r.rest()
	r.send("delete c1")
	r.rest()
	r.pass("delete-c1", "before", "go", "delete c1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"every Wait returns", "Wait for a process to exit"},
	})
}

// AnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespaceBigLock asks of a shim: an init's exit is the last of its container (c1/e1).
//
// shim-spec found the interleaving in its revision big-lock: one lock around every start and exit.
func (s *RaceSuite) testAnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespaceBigLock(t *testing.T) {
	//    1  ●                client        calls Create(c1)
	//    2  │ ●              create c1     s.mu.Lock()                                                service.go:119-122
	//       │ │                              mu = create c1
	//    3  │ │ ●            runc          runc forks c1 as pid 100
	//       │ │ │                            kernel[c1].status = alive
	//       │ │ │                            kernel[c1].pid = 100
	//    4  │ ● │            create c1     runc.NewContainer returns                                  service.go:122
	//       │ │ │                            processes[c1].state = created
	//       │ │ │                            processes[c1].pid = 100
	//    5  │ ● │            create c1     s.containers[r.ID] = container; s.send(&TaskCreate)        service.go:127-129
	//       │ │ │                            containers[c1] = true
	//       │ │ │                            ▶ TaskCreate c1 pid 100
	//    6  │ ● │            create c1     return; s.mu.Unlock()                                      service.go:143
	//       │   │                            mu = nil
	//    7  ●   │            client        calls Start(c1)
	//    8  │   │ ●          start c1      s.getContainer(c1)                                         service.go:155
	//    9  │   │ ●          start c1      s.eventSendMu.Lock()                                       service.go:161
	//       │   │ │                          eventSendMu = start c1
	//   10  │   │ ●          start c1      container.Start: c.Process(c1)                             container.go:360
	//   11  │   │ ●          start c1      p.Start: p.mu.Lock(); runc start                           container.go:364
	//       │   │ │                          processes[c1].mu = start c1
	//   12  │   ● │          runc          runc start lets c1 go on
	//   13  │   │ ●          start c1      container.Start returns                                    service.go:162
	//       │   │ │                          processes[c1].state = running
	//       │   │ │                          processes[c1].mu = nil
	//   14  │   │ ●          start c1      s.send(&TaskStart)                                         service.go:193-204
	//       │   │ │                          eventSendMu = nil
	//       │   │ │                          ▶ TaskStart c1 pid 100
	//   15  │   │ ●          start c1      return                                                     service.go:205
	//   16  ●   │            client        calls Exec(c1/e1)
	//   17  │   │   ●        exec c1/e1    s.getContainer(c1)                                         service.go:241
	//   18  │   │   ●        exec c1/e1    container.Exec                                             service.go:245-249
	//       │   │   │                        processes[c1/e1].state = created
	//   19  │   │   ●        exec c1/e1    s.send(&TaskExecAdded)                                     service.go:255
	//       │   │   │                        ▶ TaskExecAdded c1/e1
	//   20  │   │   ●        exec c1/e1    return                                                     service.go:259
	//   21  ●   │            client        calls Start(c1/e1)
	//   22      │     ●      start c1/e1   s.getContainer(c1)                                         service.go:155
	//   23      │     ●      start c1/e1   s.eventSendMu.Lock()                                       service.go:161
	//           │     │                      eventSendMu = start c1/e1
	//   24      │     ●      start c1/e1   container.Start: c.Process(c1/e1)                          container.go:360
	//   25      │     ●      start c1/e1   p.Start: p.mu.Lock(); runc exec                            container.go:364
	//           │     │                      processes[c1/e1].mu = start c1/e1
	//   26      ●     │      runc          runc forks c1/e1 as pid 101
	//                 │                      kernel[c1/e1].status = alive
	//                 │                      kernel[c1/e1].pid = 101
	//   27            │ ●    kernel        c1 dies
	//                 │ │                    kernel[c1].status = zombie
	//   28            │ ●    kernel        wait4 reaps c1, s.ec takes its exit
	//                 │ │                    kernel[c1].status = reaped
	//                 │ │                    ec = [exit of pid 100]
	//   29            │ │ ●  processExits  e := <-s.ec, pid 100                                       service.go:511-512
	//                 │ │ │                  ec = []
	//                 │ │ │                  processExits.e = exit of pid 100
	//   30            │ │ ●  processExits  s.mu.Lock(), for handleProcessExit                         service.go:527
	//                 │ │ │                  mu = processExits
	//   31            ● │ │  start c1/e1   container.Start returns                                    service.go:162
	//                 │ │ │                  processes[c1/e1].state = running
	//                 │ │ │                  processes[c1/e1].pid = 101
	//                 │ │ │                  processes[c1/e1].mu = nil
	//   32            ● │ │  start c1/e1   s.send(&TaskExecStarted)                                   service.go:198-204
	//                 │ │ │                  eventSendMu = nil
	//                 │ │ │                  ▶ TaskExecStarted c1/e1 pid 101
	//   33            ● │ │  start c1/e1   return                                                     service.go:205
	//   34              │ ●  processExits  checkProcesses: container.HasPid(e.Pid), p.Pid() == e.Pid  service.go:530-539
	//                   │ │                  processExits.cps = [c1]
	//   35              │ ●  processExits  handleProcessExit: ip.KillAll                              service.go:541-548
	//                   │ │                  kernel[c1/e1].status = zombie
	//   36              ● │  kernel        wait4 reaps c1/e1, s.ec takes its exit
	//                     │                  kernel[c1/e1].status = reaped
	//                     │                  ec = [exit of pid 101]
	//   37                ●  processExits  handleProcessExit: p.SetExited                             service.go:550
	//                     │                  processes[c1].state = stopped
	//                     │                  processes[c1].waitBlock = closed
	//   38                ●  processExits  handleProcessExit: s.send(&TaskExit); s.mu.Unlock()        service.go:551-557
	//                     │                  mu = nil
	//                     │                  processExits.e = nil
	//                     │                  processExits.cps = []
	//                     │                  ▶ TaskExit c1 pid 100
	//   39                ●  processExits  e := <-s.ec, pid 101                                       service.go:511-512
	//                     │                  ec = []
	//                     │                  processExits.e = exit of pid 101
	//   40                ●  processExits  s.mu.Lock(), for handleProcessExit                         service.go:527
	//                     │                  mu = processExits
	//   41                ●  processExits  checkProcesses: container.HasPid(e.Pid), p.Pid() == e.Pid  service.go:530-539
	//                     │                  processExits.cps = [c1/e1]
	//   42                ●  processExits  handleProcessExit: p.SetExited                             service.go:550
	//                     │                  processes[c1/e1].state = stopped
	//                     │                  processes[c1/e1].waitBlock = closed
	//   43                ●  processExits  handleProcessExit: s.send(&TaskExit); s.mu.Unlock()        service.go:551-557
	//                                        mu = nil
	//                                        processExits.e = nil
	//                                        processExits.cps = []
	//                                        ▶ TaskExit c1/e1 pid 101
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1, TaskExecStarted c1/e1 pid 101, TaskExit c1 pid 100, TaskExit c1/e1 pid 101
	//   breaks 'an init's exit is the last of its container' (c1/e1) after step 43
	//   replay: npx shim-spec replay big-lock --containers 1 --execs 1 --with shared-pid-namespace,delete --choices 0,0,0,0,1,1,0,2,2,2,2,1,1,2,2,1,2,2,2,2,1,3,3,3,3,2,3,3,4,4,2,3,3,3,3,2,2,2,2,2,2,2,2

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, true)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"an init's exit is the last of its container", "a container's init process exit is published after the exits of its execs"},
		{"no exit is lost", "a shim MUST implement the following events: TaskExitEventTopic, when a task exits expected or unexpected"},
	})
}

// TheShimDoesNotPanicProcessExitsBigLock asks of a shim: the shim does not panic (processExits).
//
// shim-spec found the interleaving in its revision big-lock: one lock around every start and exit.
func (s *RaceSuite) testTheShimDoesNotPanicProcessExitsBigLock(t *testing.T) {
	//    1  ●                  client             calls Create(c1)
	//    2  │ ●                create c1          s.mu.Lock()                                          service.go:119-122
	//       │ │                                     mu = create c1
	//    3  │ │ ●              runc               runc forks c1 as pid 100
	//       │ │ │                                   kernel[c1].status = alive
	//       │ │ │                                   kernel[c1].pid = 100
	//    4  │ ● │              create c1          runc.NewContainer returns                            service.go:122
	//       │ │ │                                   processes[c1].state = created
	//       │ │ │                                   processes[c1].pid = 100
	//    5  │ ● │              create c1          s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:127-129
	//       │ │ │                                   containers[c1] = true
	//       │ │ │                                   ▶ TaskCreate c1 pid 100
	//    6  │ ● │              create c1          return; s.mu.Unlock()                                service.go:143
	//       │   │                                   mu = nil
	//    7  ●   │              client             calls Start(c1)
	//    8  │   │ ●            start c1           s.getContainer(c1)                                   service.go:155
	//    9  │   │ ●            start c1           s.eventSendMu.Lock()                                 service.go:161
	//       │   │ │                                 eventSendMu = start c1
	//   10  │   │ ●            start c1           container.Start: c.Process(c1)                       container.go:360
	//   11  │   │ ●            start c1           p.Start: p.mu.Lock(); runc start                     container.go:364
	//       │   │ │                                 processes[c1].mu = start c1
	//   12  │   ● │            runc               runc start lets c1 go on
	//   13  │     ●            start c1           container.Start returns                              service.go:162
	//       │     │                                 processes[c1].state = running
	//       │     │                                 processes[c1].mu = nil
	//   14  │     ●            start c1           s.send(&TaskStart)                                   service.go:193-204
	//       │     │                                 eventSendMu = nil
	//       │     │                                 ▶ TaskStart c1 pid 100
	//   15  │     ●            start c1           return                                               service.go:205
	//   16  ●                  client             calls Exec(c1/e1)
	//   17  │       ●          exec c1/e1         s.getContainer(c1)                                   service.go:241
	//   18  │       ●          exec c1/e1         container.Exec                                       service.go:245-249
	//       │       │                               processes[c1/e1].state = created
	//   19  │       ●          exec c1/e1         s.send(&TaskExecAdded)                               service.go:255
	//       │       │                               ▶ TaskExecAdded c1/e1
	//   20  │       ●          exec c1/e1         return                                               service.go:259
	//   21  ●                  client             calls Start(c1/e1)
	//   22  │         ●        start c1/e1        s.getContainer(c1)                                   service.go:155
	//   23  │         ●        start c1/e1        s.eventSendMu.Lock()                                 service.go:161
	//       │         │                             eventSendMu = start c1/e1
	//   24  │         ●        start c1/e1        container.Start: c.Process(c1/e1)                    container.go:360
	//   25  │         ●        start c1/e1        p.Start: p.mu.Lock(); runc exec                      container.go:364
	//       │         │                             processes[c1/e1].mu = start c1/e1
	//   26  ●         │        client             calls Start(c1/e1) again
	//   27            │ ●      start c1/e1 again  s.getContainer(c1)                                   service.go:155
	//   28            │ │ ●    kernel             c1 dies
	//                 │ │ │                         kernel[c1].status = zombie
	//   29            │ │ ●    kernel             wait4 reaps c1, s.ec takes its exit
	//                 │ │                           kernel[c1].status = reaped
	//                 │ │                           ec = [exit of pid 100]
	//   30            │ │   ●  processExits       e := <-s.ec, pid 100                                 service.go:511-512
	//                 │ │   │                       ec = []
	//                 │ │   │                       processExits.e = exit of pid 100
	//   31            │ │   ●  processExits       s.mu.Lock(), for handleProcessExit                   service.go:527
	//                 │ │                           mu = processExits
	//   32            ● │      start c1/e1        container.Start returns an error                     service.go:162
	//                   │                           eventSendMu = nil
	//                   │                           processes[c1/e1].mu = nil
	//                   │                           processes[c1/e1].waitBlock = closed
	//   33              ●      start c1/e1 again  s.eventSendMu.Lock()                                 service.go:161
	//                   │                           eventSendMu = start c1/e1 again
	//   34              ●      start c1/e1 again  container.Start: c.Process(c1/e1)                    container.go:360
	//   35              ●      start c1/e1 again  p.Start: p.mu.Lock(); runc exec                      container.go:364
	//                   │                           processes[c1/e1].mu = start c1/e1 again
	//   36              ●      start c1/e1 again  container.Start returns an error                     service.go:162
	//                                               mu = nil
	//                                               eventSendMu = nil
	//                                               processExits.e = nil
	//                                               processes[c1/e1].mu = nil
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1
	//   breaks 'no exit is lost' (c1) after step 36
	//   breaks 'the shim does not panic' (processExits) after step 36
	//   replay: npx shim-spec replay big-lock --containers 1 --execs 1 --with again --choices 0,0,0,0,1,1,0,2,2,2,2,1,1,2,2,1,3,3,3,3,2,4,4,4,4,2,4,3,3,3,3,2,2,2,2,2

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.send("start c1/e1 again")
	r.rest()
	r.kill("c1")
	r.rest()
	r.pass("exec-c1-e1", "before", "go", "start c1/e1")
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.pass("exec-c1-e1", "before", "go", "start c1/e1 again")
	r.pass("exec-c1-e1", "after", "go", "start c1/e1 again")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"the shim lives on", "close of closed channel (a panic of the Go runtime; every task of the shim loses it)"},
		{"no exit is lost", "a shim MUST implement the following events: TaskExitEventTopic, when a task exits expected or unexpected"},
	})
}

// TheShimDoesNotPanicProcessExits2BigLock asks of a shim: the shim does not panic (processExits).
//
// shim-spec found the interleaving in its revision big-lock: one lock around every start and exit.
func (s *RaceSuite) testTheShimDoesNotPanicProcessExits2BigLock(t *testing.T) {
	//    1  ●              client             calls Create(c1)
	//    2  │ ●            create c1          s.mu.Lock()                                          service.go:119-122
	//       │ │                                 mu = create c1
	//    3  │ │ ●          runc               runc forks c1 as pid 100
	//       │ │ │                               kernel[c1].status = alive
	//       │ │ │                               kernel[c1].pid = 100
	//    4  │ ● │          create c1          runc.NewContainer returns                            service.go:122
	//       │ │ │                               processes[c1].state = created
	//       │ │ │                               processes[c1].pid = 100
	//    5  │ ● │          create c1          s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:127-129
	//       │ │ │                               containers[c1] = true
	//       │ │ │                               ▶ TaskCreate c1 pid 100
	//    6  │ ● │          create c1          return; s.mu.Unlock()                                service.go:143
	//       │   │                               mu = nil
	//    7  ●   │          client             calls Start(c1)
	//    8  │   │ ●        start c1           s.getContainer(c1)                                   service.go:155
	//    9  │   │ ●        start c1           s.eventSendMu.Lock()                                 service.go:161
	//       │   │ │                             eventSendMu = start c1
	//   10  │   │ ●        start c1           container.Start: c.Process(c1)                       container.go:360
	//   11  │   │ ●        start c1           p.Start: p.mu.Lock(); runc start                     container.go:364
	//       │   │ │                             processes[c1].mu = start c1
	//   12  │   ● │        runc               runc start lets c1 go on
	//   13  │     ●        start c1           container.Start returns                              service.go:162
	//       │     │                             processes[c1].state = running
	//       │     │                             processes[c1].mu = nil
	//   14  │     ●        start c1           s.send(&TaskStart)                                   service.go:193-204
	//       │     │                             eventSendMu = nil
	//       │     │                             ▶ TaskStart c1 pid 100
	//   15  │     ●        start c1           return                                               service.go:205
	//   16  ●              client             calls Exec(c1/e1)
	//   17  │       ●      exec c1/e1         s.getContainer(c1)                                   service.go:241
	//   18  │       ●      exec c1/e1         container.Exec                                       service.go:245-249
	//       │       │                           processes[c1/e1].state = created
	//   19  │       ●      exec c1/e1         s.send(&TaskExecAdded)                               service.go:255
	//       │       │                           ▶ TaskExecAdded c1/e1
	//   20  │       ●      exec c1/e1         return                                               service.go:259
	//   21  ●              client             calls Start(c1/e1)
	//   22  │         ●    start c1/e1        s.getContainer(c1)                                   service.go:155
	//   23  │         ●    start c1/e1        s.eventSendMu.Lock()                                 service.go:161
	//       │         │                         eventSendMu = start c1/e1
	//   24  │         ●    start c1/e1        container.Start: c.Process(c1/e1)                    container.go:360
	//   25  │         ●    start c1/e1        p.Start: p.mu.Lock(); runc exec                      container.go:364
	//       │         │                         processes[c1/e1].mu = start c1/e1
	//   26  ●         │    client             calls Start(c1/e1) again
	//   27            │ ●  start c1/e1 again  s.getContainer(c1)                                   service.go:155
	//   28            ● │  start c1/e1        container.Start returns an error                     service.go:162
	//                   │                       eventSendMu = nil
	//                   │                       processes[c1/e1].mu = nil
	//                   │                       processes[c1/e1].waitBlock = closed
	//   29              ●  start c1/e1 again  s.eventSendMu.Lock()                                 service.go:161
	//                   │                       eventSendMu = start c1/e1 again
	//   30              ●  start c1/e1 again  container.Start: c.Process(c1/e1)                    container.go:360
	//   31              ●  start c1/e1 again  p.Start: p.mu.Lock(); runc exec                      container.go:364
	//                   │                       processes[c1/e1].mu = start c1/e1 again
	//   32              ●  start c1/e1 again  container.Start returns an error                     service.go:162
	//                                           eventSendMu = nil
	//                                           processes[c1/e1].mu = nil
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1
	//   breaks 'the shim does not panic' (processExits) after step 32
	//   replay: npx shim-spec replay big-lock --containers 1 --execs 1 --with runc-fails,again --choices 0,0,0,0,1,1,0,2,2,2,2,1,1,2,2,1,3,3,3,3,2,4,4,4,4,2,5,3,3,3,3,3

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.send("start c1/e1 again")
	r.rest()
	r.crash("exec-c1-e1", "start c1/e1")
	r.rest()
	r.crash("exec-c1-e1", "start c1/e1 again")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"the shim lives on", "close of closed channel (a panic of the Go runtime; every task of the shim loses it)"},
	})
}

// NoExitIsLostC1BigLock asks of a shim: no exit is lost (c1).
//
// shim-spec found the interleaving in its revision big-lock: one lock around every start and exit.
func (s *RaceSuite) testNoExitIsLostC1BigLock(t *testing.T) {
	//    1  ●                client             calls Create(c1)
	//    2  │ ●              create c1          s.mu.Lock()                                          service.go:119-122
	//       │ │                                   mu = create c1
	//    3  │ │ ●            runc               runc forks c1 as pid 100
	//       │ │ │                                 kernel[c1].status = alive
	//       │ │ │                                 kernel[c1].pid = 100
	//    4  │ ● │            create c1          runc.NewContainer returns                            service.go:122
	//       │ │ │                                 processes[c1].state = created
	//       │ │ │                                 processes[c1].pid = 100
	//    5  │ ● │            create c1          s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:127-129
	//       │ │ │                                 containers[c1] = true
	//       │ │ │                                 ▶ TaskCreate c1 pid 100
	//    6  │ ● │            create c1          return; s.mu.Unlock()                                service.go:143
	//       │   │                                 mu = nil
	//    7  ●   │            client             calls Start(c1)
	//    8  │   │ ●          start c1           s.getContainer(c1)                                   service.go:155
	//    9  │   │ ●          start c1           s.eventSendMu.Lock()                                 service.go:161
	//       │   │ │                               eventSendMu = start c1
	//   10  │   │ ●          start c1           container.Start: c.Process(c1)                       container.go:360
	//   11  │   │ ●          start c1           p.Start: p.mu.Lock(); runc start                     container.go:364
	//       │   │ │                               processes[c1].mu = start c1
	//   12  │   ● │          runc               runc start lets c1 go on
	//   13  │     ●          start c1           container.Start returns                              service.go:162
	//       │     │                               processes[c1].state = running
	//       │     │                               processes[c1].mu = nil
	//   14  │     ●          start c1           s.send(&TaskStart)                                   service.go:193-204
	//       │     │                               eventSendMu = nil
	//       │     │                               ▶ TaskStart c1 pid 100
	//   15  │     ●          start c1           return                                               service.go:205
	//   16  ●                client             calls Exec(c1/e1)
	//   17  │       ●        exec c1/e1         s.getContainer(c1)                                   service.go:241
	//   18  │       ●        exec c1/e1         container.Exec                                       service.go:245-249
	//       │       │                             processes[c1/e1].state = created
	//   19  │       ●        exec c1/e1         s.send(&TaskExecAdded)                               service.go:255
	//       │       │                             ▶ TaskExecAdded c1/e1
	//   20  │       ●        exec c1/e1         return                                               service.go:259
	//   21  ●                client             calls Start(c1/e1)
	//   22  │         ●      start c1/e1        s.getContainer(c1)                                   service.go:155
	//   23  │         ●      start c1/e1        s.eventSendMu.Lock()                                 service.go:161
	//       │         │                           eventSendMu = start c1/e1
	//   24  │         ●      start c1/e1        container.Start: c.Process(c1/e1)                    container.go:360
	//   25  │         ●      start c1/e1        p.Start: p.mu.Lock(); runc exec                      container.go:364
	//       │         │                           processes[c1/e1].mu = start c1/e1
	//   26  ●         │      client             calls Start(c1/e1) again
	//   27            │ ●    start c1/e1 again  s.getContainer(c1)                                   service.go:155
	//   28            ● │    start c1/e1        container.Start returns an error                     service.go:162
	//                   │                         eventSendMu = nil
	//                   │                         processes[c1/e1].mu = nil
	//                   │                         processes[c1/e1].waitBlock = closed
	//   29              ●    start c1/e1 again  s.eventSendMu.Lock()                                 service.go:161
	//                   │                         eventSendMu = start c1/e1 again
	//   30              ●    start c1/e1 again  container.Start: c.Process(c1/e1)                    container.go:360
	//   31              ●    start c1/e1 again  p.Start: p.mu.Lock(); runc exec                      container.go:364
	//                   │                         processes[c1/e1].mu = start c1/e1 again
	//   32              ●    start c1/e1 again  container.Start returns an error                     service.go:162
	//                                             eventSendMu = nil
	//                                             processes[c1/e1].mu = nil
	//   33                ●  kernel             c1 dies
	//                     │                       kernel[c1].status = zombie
	//   34                ●  kernel             wait4 reaps c1, s.ec takes its exit
	//                                             kernel[c1].status = reaped
	//                                             ec = [exit of pid 100]
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1
	//   breaks 'the shim does not panic' (processExits) after step 32
	//   breaks 'no exit is lost' (c1) after step 34
	//   replay: npx shim-spec replay big-lock --containers 1 --execs 1 --with runc-fails,again --choices 0,0,0,0,1,1,0,2,2,2,2,1,1,2,2,1,3,3,3,3,2,4,4,4,4,2,5,3,3,3,3,3,0,0

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.send("start c1/e1 again")
	r.rest()
	r.crash("exec-c1-e1", "start c1/e1")
	r.rest()
	r.crash("exec-c1-e1", "start c1/e1 again")
	r.rest()
	r.kill("c1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"no exit is lost", "a shim MUST implement the following events: TaskExitEventTopic, when a task exits expected or unexpected"},
	})
}

// NoExitIsLostC1E1BigLock asks of a shim: no exit is lost (c1/e1).
//
// shim-spec found the interleaving in its revision big-lock: one lock around every start and exit.
func (s *RaceSuite) testNoExitIsLostC1E1BigLock(t *testing.T) {
	//    1  ●                  client             calls Create(c1)
	//    2  │ ●                create c1          s.mu.Lock()                                                service.go:119-122
	//       │ │                                     mu = create c1
	//    3  │ │ ●              runc               runc forks c1 as pid 100
	//       │ │ │                                   kernel[c1].status = alive
	//       │ │ │                                   kernel[c1].pid = 100
	//    4  │ ● │              create c1          runc.NewContainer returns                                  service.go:122
	//       │ │ │                                   processes[c1].state = created
	//       │ │ │                                   processes[c1].pid = 100
	//    5  │ ● │              create c1          s.containers[r.ID] = container; s.send(&TaskCreate)        service.go:127-129
	//       │ │ │                                   containers[c1] = true
	//       │ │ │                                   ▶ TaskCreate c1 pid 100
	//    6  │ ● │              create c1          return; s.mu.Unlock()                                      service.go:143
	//       │   │                                   mu = nil
	//    7  ●   │              client             calls Start(c1)
	//    8  │   │ ●            start c1           s.getContainer(c1)                                         service.go:155
	//    9  │   │ ●            start c1           s.eventSendMu.Lock()                                       service.go:161
	//       │   │ │                                 eventSendMu = start c1
	//   10  │   │ ●            start c1           container.Start: c.Process(c1)                             container.go:360
	//   11  │   │ ●            start c1           p.Start: p.mu.Lock(); runc start                           container.go:364
	//       │   │ │                                 processes[c1].mu = start c1
	//   12  │   ● │            runc               runc start lets c1 go on
	//   13  │   │ ●            start c1           container.Start returns                                    service.go:162
	//       │   │ │                                 processes[c1].state = running
	//       │   │ │                                 processes[c1].mu = nil
	//   14  │   │ ●            start c1           s.send(&TaskStart)                                         service.go:193-204
	//       │   │ │                                 eventSendMu = nil
	//       │   │ │                                 ▶ TaskStart c1 pid 100
	//   15  │   │ ●            start c1           return                                                     service.go:205
	//   16  ●   │              client             calls Exec(c1/e1)
	//   17  │   │   ●          exec c1/e1         s.getContainer(c1)                                         service.go:241
	//   18  │   │   ●          exec c1/e1         container.Exec                                             service.go:245-249
	//       │   │   │                               processes[c1/e1].state = created
	//   19  │   │   ●          exec c1/e1         s.send(&TaskExecAdded)                                     service.go:255
	//       │   │   │                               ▶ TaskExecAdded c1/e1
	//   20  │   │   ●          exec c1/e1         return                                                     service.go:259
	//   21  ●   │              client             calls Start(c1/e1)
	//   22  │   │     ●        start c1/e1        s.getContainer(c1)                                         service.go:155
	//   23  │   │     ●        start c1/e1        s.eventSendMu.Lock()                                       service.go:161
	//       │   │     │                             eventSendMu = start c1/e1
	//   24  │   │     ●        start c1/e1        container.Start: c.Process(c1/e1)                          container.go:360
	//   25  │   │     ●        start c1/e1        p.Start: p.mu.Lock(); runc exec                            container.go:364
	//       │   │     │                             processes[c1/e1].mu = start c1/e1
	//   26  ●   │     │        client             calls Start(c1/e1) again
	//   27      │     │ ●      start c1/e1 again  s.getContainer(c1)                                         service.go:155
	//   28      │     ● │      start c1/e1        container.Start returns an error                           service.go:162
	//           │       │                           eventSendMu = nil
	//           │       │                           processes[c1/e1].mu = nil
	//           │       │                           processes[c1/e1].waitBlock = closed
	//   29      │       ●      start c1/e1 again  s.eventSendMu.Lock()                                       service.go:161
	//           │       │                           eventSendMu = start c1/e1 again
	//   30      │       ●      start c1/e1 again  container.Start: c.Process(c1/e1)                          container.go:360
	//   31      │       ●      start c1/e1 again  p.Start: p.mu.Lock(); runc exec                            container.go:364
	//           │       │                           processes[c1/e1].mu = start c1/e1 again
	//   32      ●       │      runc               runc forks c1/e1 as pid 101
	//                   │                           kernel[c1/e1].status = alive
	//                   │                           kernel[c1/e1].pid = 101
	//   33              │ ●    kernel             c1 dies
	//                   │ │                         kernel[c1].status = zombie
	//                   │ │                         kernel[c1/e1].status = zombie
	//   34              │ ●    kernel             wait4 reaps c1/e1, s.ec takes its exit
	//                   │ │                         kernel[c1/e1].status = reaped
	//                   │ │                         ec = [exit of pid 101]
	//   35              │ ●    kernel             wait4 reaps c1, s.ec takes its exit
	//                   │                           kernel[c1].status = reaped
	//                   │                           ec = [exit of pid 101, exit of pid 100]
	//   36              │   ●  processExits       e := <-s.ec, pid 101                                       service.go:511-512
	//                   │   │                       ec = [exit of pid 100]
	//                   │   │                       processExits.e = exit of pid 101
	//   37              │   ●  processExits       s.mu.Lock(), for handleProcessExit                         service.go:527
	//                   │   │                       mu = processExits
	//   38              ●   │  start c1/e1 again  container.Start returns                                    service.go:162
	//                   │   │                       processes[c1/e1].state = running
	//                   │   │                       processes[c1/e1].pid = 101
	//                   │   │                       processes[c1/e1].mu = nil
	//   39              ●   │  start c1/e1 again  s.send(&TaskExecStarted)                                   service.go:198-204
	//                   │   │                       eventSendMu = nil
	//                   │   │                       ▶ TaskExecStarted c1/e1 pid 101
	//   40              ●   │  start c1/e1 again  return                                                     service.go:205
	//   41                  ●  processExits       checkProcesses: container.HasPid(e.Pid), p.Pid() == e.Pid  service.go:530-539
	//                       │                       processExits.cps = [c1/e1]
	//   42                  ●  processExits       handleProcessExit: p.SetExited                             service.go:550
	//                                               mu = nil
	//                                               processExits.e = nil
	//                                               processExits.cps = []
	//                                               processes[c1/e1].state = stopped
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1, TaskExecStarted c1/e1 pid 101
	//   breaks 'no exit is lost' (c1) after step 42
	//   breaks 'the shim does not panic' (processExits) after step 42
	//   replay: npx shim-spec replay big-lock --containers 1 --execs 1 --with runc-fails,again --choices 0,0,0,0,1,1,0,2,2,2,2,1,1,2,2,1,3,3,3,3,2,4,4,4,4,2,5,3,3,3,3,2,4,4,4,4,4,2,2,2,2,2

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.send("start c1/e1 again")
	r.rest()
	r.crash("exec-c1-e1", "start c1/e1")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1 again")
	r.rest()
	r.kill("c1")
	r.rest()
	r.pass("exec-c1-e1", "after", "go", "start c1/e1 again")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"no exit is lost", "a shim MUST implement the following events: TaskExitEventTopic, when a task exits expected or unexpected"},
	})
}

// AnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespace2BigLock asks of a shim: an init's exit is the last of its container (c1/e1).
//
// shim-spec found the interleaving in its revision big-lock: one lock around every start and exit.
func (s *RaceSuite) testAnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespace2BigLock(t *testing.T) {
	//    1  ●              client        calls Create(c1)
	//    2  │ ●            create c1     s.mu.Lock()                                                service.go:119-122
	//       │ │                            mu = create c1
	//    3  │ │ ●          runc          runc forks c1 as pid 100
	//       │ │ │                          kernel[c1].status = alive
	//       │ │ │                          kernel[c1].pid = 100
	//    4  │ ● │          create c1     runc.NewContainer returns                                  service.go:122
	//       │ │ │                          processes[c1].state = created
	//       │ │ │                          processes[c1].pid = 100
	//    5  │ ● │          create c1     s.containers[r.ID] = container; s.send(&TaskCreate)        service.go:127-129
	//       │ │ │                          containers[c1] = true
	//       │ │ │                          ▶ TaskCreate c1 pid 100
	//    6  │ ● │          create c1     return; s.mu.Unlock()                                      service.go:143
	//       │   │                          mu = nil
	//    7  ●   │          client        calls Exec(c1/e1)
	//    8  │   │ ●        exec c1/e1    s.getContainer(c1)                                         service.go:241
	//    9  │   │ ●        exec c1/e1    container.Exec                                             service.go:245-249
	//       │   │ │                        processes[c1/e1].state = created
	//   10  │   │ ●        exec c1/e1    s.send(&TaskExecAdded)                                     service.go:255
	//       │   │ │                        ▶ TaskExecAdded c1/e1
	//   11  │   │ ●        exec c1/e1    return                                                     service.go:259
	//   12  ●   │          client        calls Start(c1/e1)
	//   13      │   ●      start c1/e1   s.getContainer(c1)                                         service.go:155
	//   14      │   ●      start c1/e1   s.eventSendMu.Lock()                                       service.go:161
	//           │   │                      eventSendMu = start c1/e1
	//   15      │   ●      start c1/e1   container.Start: c.Process(c1/e1)                          container.go:360
	//   16      │   ●      start c1/e1   p.Start: p.mu.Lock(); runc exec                            container.go:364
	//           │   │                      processes[c1/e1].mu = start c1/e1
	//   17      ●   │      runc          runc forks c1/e1 as pid 101
	//               │                      kernel[c1/e1].status = alive
	//               │                      kernel[c1/e1].pid = 101
	//   18          │ ●    kernel        c1 dies
	//               │ │                    kernel[c1].status = zombie
	//   19          │ ●    kernel        wait4 reaps c1, s.ec takes its exit
	//               │ │                    kernel[c1].status = reaped
	//               │ │                    ec = [exit of pid 100]
	//   20          │ │ ●  processExits  e := <-s.ec, pid 100                                       service.go:511-512
	//               │ │ │                  ec = []
	//               │ │ │                  processExits.e = exit of pid 100
	//   21          │ │ ●  processExits  s.mu.Lock(), for handleProcessExit                         service.go:527
	//               │ │ │                  mu = processExits
	//   22          ● │ │  start c1/e1   container.Start returns                                    service.go:162
	//               │ │ │                  processes[c1/e1].state = running
	//               │ │ │                  processes[c1/e1].pid = 101
	//               │ │ │                  processes[c1/e1].mu = nil
	//   23          ● │ │  start c1/e1   s.send(&TaskExecStarted)                                   service.go:198-204
	//               │ │ │                  eventSendMu = nil
	//               │ │ │                  ▶ TaskExecStarted c1/e1 pid 101
	//   24          ● │ │  start c1/e1   return                                                     service.go:205
	//   25            │ ●  processExits  checkProcesses: container.HasPid(e.Pid), p.Pid() == e.Pid  service.go:530-539
	//                 │ │                  processExits.cps = [c1]
	//   26            │ ●  processExits  handleProcessExit: ip.KillAll                              service.go:541-548
	//                 │ │                  kernel[c1/e1].status = zombie
	//   27            ● │  kernel        wait4 reaps c1/e1, s.ec takes its exit
	//                   │                  kernel[c1/e1].status = reaped
	//                   │                  ec = [exit of pid 101]
	//   28              ●  processExits  handleProcessExit: p.SetExited                             service.go:550
	//                   │                  processes[c1].state = stopped
	//                   │                  processes[c1].waitBlock = closed
	//   29              ●  processExits  handleProcessExit: s.send(&TaskExit); s.mu.Unlock()        service.go:551-557
	//                   │                  mu = nil
	//                   │                  processExits.e = nil
	//                   │                  processExits.cps = []
	//                   │                  ▶ TaskExit c1 pid 100
	//   30              ●  processExits  e := <-s.ec, pid 101                                       service.go:511-512
	//                   │                  ec = []
	//                   │                  processExits.e = exit of pid 101
	//   31              ●  processExits  s.mu.Lock(), for handleProcessExit                         service.go:527
	//                   │                  mu = processExits
	//   32              ●  processExits  checkProcesses: container.HasPid(e.Pid), p.Pid() == e.Pid  service.go:530-539
	//                   │                  processExits.cps = [c1/e1]
	//   33              ●  processExits  handleProcessExit: p.SetExited                             service.go:550
	//                   │                  processes[c1/e1].state = stopped
	//                   │                  processes[c1/e1].waitBlock = closed
	//   34              ●  processExits  handleProcessExit: s.send(&TaskExit); s.mu.Unlock()        service.go:551-557
	//                                      mu = nil
	//                                      processExits.e = nil
	//                                      processExits.cps = []
	//                                      ▶ TaskExit c1/e1 pid 101
	//
	//   events: TaskCreate c1 pid 100, TaskExecAdded c1/e1, TaskExecStarted c1/e1 pid 101, TaskExit c1 pid 100, TaskExit c1/e1 pid 101
	//   breaks 'an init's exit is the last of its container' (c1/e1) after step 34
	//   replay: npx shim-spec replay big-lock --containers 1 --execs 1 --with shared-pid-namespace,exec-on-created --choices 0,0,0,0,1,1,1,2,2,2,2,1,2,2,2,2,1,2,2,3,3,1,2,2,2,2,1,1,1,1,1,1,1,1

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, true)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"an init's exit is the last of its container", "a container's init process exit is published after the exits of its execs"},
		{"no exit is lost", "a shim MUST implement the following events: TaskExitEventTopic, when a task exits expected or unexpected"},
	})
}

// NoExitIsLostC1EarlyExits asks of a shim: no exit is lost (c1).
//
// shim-spec found the interleaving in its revision early-exits: early exits without a big lock (the seed).
func (s *RaceSuite) testNoExitIsLostC1EarlyExits(t *testing.T) {
	//    1  ●          client        calls Create(c1)
	//    2    ●        create c1     s.mu.Lock()                                          service.go:206
	//         │                        mu = create c1
	//    3    ●        create c1     s.preStart(nil); runc.NewContainer runs runc create  service.go:209-212
	//         │                        exitSubscribers[create c1] = true
	//    4    │ ●      runc          runc forks c1 as pid 100
	//         │                        kernel[c1].status = alive
	//         │                        kernel[c1].pid = 100
	//    5    │   ●    kernel        c1 dies
	//         │   │                    kernel[c1].status = zombie
	//    6    │   ●    kernel        wait4 reaps c1, s.ec takes its exit
	//         │                        kernel[c1].status = reaped
	//         │                        ec = [exit of pid 100]
	//    7    │     ●  processExits  e := <-s.ec, pid 100; s.running[100] has nothing     service.go:611-630
	//         │                        ec = []
	//         │                        exits[create c1][100] = [exit of pid 100]
	//    8    ●        create c1     runc.NewContainer returns                            service.go:212
	//         │                        processes[c1].state = created
	//         │                        processes[c1].pid = 100
	//    9    ●        create c1     s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:217-219
	//         │                        containers[c1] = true
	//         │                        ▶ TaskCreate c1 pid 100
	//   10    ●        create c1     handleStarted: exits[100] has its exit               service.go:167-191
	//         │                        calls[create c1].ees = [exit of pid 100]
	//         │                        exitSubscribers[create c1] = false
	//         │                        exits[create c1][100] = []
	//
	//   events: TaskCreate c1 pid 100
	//   breaks 'no exit is lost' (c1) after step 10
	//   breaks 'no deadlock' (create c1) after step 10
	//   waiting at the end:
	//         create c1 is blocked on s.mu, which it already holds (at exit: s.mu.Lock)
	//   replay: npx shim-spec replay early-exits --containers 1 --execs 1 --with wait,delete --choices 0,0,0,0,1,1,1,0,0,0

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"no exit is lost", "a shim MUST implement the following events: TaskExitEventTopic, when a task exits expected or unexpected"},
		{"every call is answered", "handle early exits w/o big locks: a call is answered, and the exit loop goes on"},
	})
}

// AnInitsExitIsTheLastOfItsContainerC1E1EarlyExits asks of a shim: an init's exit is the last of its container (c1/e1).
//
// shim-spec found the interleaving in its revision early-exits: early exits without a big lock (the seed).
func (s *RaceSuite) testAnInitsExitIsTheLastOfItsContainerC1E1EarlyExits(t *testing.T) {
	//    1  ●                client        calls Create(c1)
	//    2  │ ●              create c1     s.mu.Lock()                                          service.go:206
	//       │ │                              mu = create c1
	//    3  │ ●              create c1     s.preStart(nil); runc.NewContainer runs runc create  service.go:209-212
	//       │ │                              exitSubscribers[create c1] = true
	//    4  │ │ ●            runc          runc forks c1 as pid 100
	//       │ │ │                            kernel[c1].status = alive
	//       │ │ │                            kernel[c1].pid = 100
	//    5  │ ● │            create c1     runc.NewContainer returns                            service.go:212
	//       │ │ │                            processes[c1].state = created
	//       │ │ │                            processes[c1].pid = 100
	//    6  │ ● │            create c1     s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:217-219
	//       │ │ │                            containers[c1] = true
	//       │ │ │                            ▶ TaskCreate c1 pid 100
	//    7  │ ● │            create c1     handleStarted: s.running[100] takes it               service.go:167-191
	//       │ │ │                            running[100] = [c1]
	//       │ │ │                            exitSubscribers[create c1] = false
	//    8  │ ● │            create c1     return; s.mu.Unlock()                                service.go:239
	//       │   │                            mu = nil
	//    9  ●   │            client        calls Start(c1)
	//   10  │   │ ●          start c1      s.getContainer(c1)                                   service.go:251
	//   11  │   │ ●          start c1      s.preStart(container)                                service.go:260
	//       │   │ │                          running[100] = []
	//       │   │ │                          exitSubscribers[start c1] = true
	//   12  │   │ ●          start c1      container.Start: c.Process(c1)                       container.go:360
	//   13  │   │ ●          start c1      p.Start: p.mu.Lock(); runc start                     container.go:364
	//       │   │ │                          processes[c1].mu = start c1
	//   14  │   ● │          runc          runc start lets c1 go on
	//   15  │   │ ●          start c1      container.Start returns                              service.go:262
	//       │   │ │                          processes[c1].state = running
	//       │   │ │                          processes[c1].mu = nil
	//   16  │   │ ●          start c1      s.send(&TaskStart)                                   service.go:293
	//       │   │ │                          ▶ TaskStart c1 pid 100
	//   17  │   │ ●          start c1      handleStarted: s.running[100] takes it               service.go:167-191
	//       │   │ │                          running[100] = [c1]
	//       │   │ │                          exitSubscribers[start c1] = false
	//   18  │   │ ●          start c1      return                                               service.go:305
	//   19  ●   │            client        calls Exec(c1/e1)
	//   20  │   │   ●        exec c1/e1    s.getContainer(c1)                                   service.go:341
	//   21  │   │   ●        exec c1/e1    container.Exec                                       service.go:345-349
	//       │   │   │                        processes[c1/e1].state = created
	//   22  │   │   ●        exec c1/e1    s.send(&TaskExecAdded)                               service.go:355
	//       │   │   │                        ▶ TaskExecAdded c1/e1
	//   23  │   │   ●        exec c1/e1    return                                               service.go:359
	//   24  ●   │            client        calls Start(c1/e1)
	//   25      │     ●      start c1/e1   s.getContainer(c1)                                   service.go:251
	//   26      │     ●      start c1/e1   s.preStart(nil)                                      service.go:260
	//           │     │                      exitSubscribers[start c1/e1] = true
	//   27      │     ●      start c1/e1   container.Start: c.Process(c1/e1)                    container.go:360
	//   28      │     ●      start c1/e1   p.Start: p.mu.Lock(); runc exec                      container.go:364
	//           │     │                      processes[c1/e1].mu = start c1/e1
	//   29      ●     │      runc          runc forks c1/e1 as pid 101
	//                 │                      kernel[c1/e1].status = alive
	//                 │                      kernel[c1/e1].pid = 101
	//   30            │ ●    kernel        c1 dies
	//                 │ │                    kernel[c1].status = zombie
	//                 │ │                    kernel[c1/e1].status = zombie
	//   31            │ ●    kernel        wait4 reaps c1/e1, s.ec takes its exit
	//                 │ │                    kernel[c1/e1].status = reaped
	//                 │ │                    ec = [exit of pid 101]
	//   32            │ ●    kernel        wait4 reaps c1, s.ec takes its exit
	//                 │                      kernel[c1].status = reaped
	//                 │                      ec = [exit of pid 101, exit of pid 100]
	//   33            │   ●  processExits  e := <-s.ec, pid 101; s.running[101] has nothing     service.go:611-630
	//                 │   │                  ec = [exit of pid 100]
	//                 │   │                  exits[start c1/e1][101] = [exit of pid 101]
	//   34            │   ●  processExits  e := <-s.ec, pid 100; s.running[100] has c1          service.go:611-630
	//                 │   │                  ec = []
	//                 │   │                  running[100] = []
	//                 │   │                  exits[start c1/e1][100] = [exit of pid 100]
	//                 │   │                  processExits.e = exit of pid 100
	//                 │   │                  processExits.cps = [c1]
	//   35            │   ●  processExits  s.mu.Lock(), for handleProcessExit                   service.go:643
	//                 │   │                  mu = processExits
	//   36            │   ●  processExits  handleProcessExit: p.SetExited                       service.go:656
	//                 │   │                  processes[c1].state = stopped
	//                 │   │                  processes[c1].waitBlock = closed
	//   37            │   ●  processExits  handleProcessExit: s.send(&TaskExit); s.mu.Unlock()  service.go:657-663
	//                 │                      mu = nil
	//                 │                      processExits.e = nil
	//                 │                      processExits.cps = []
	//                 │                      ▶ TaskExit c1 pid 100
	//   38            ●      start c1/e1   container.Start returns                              service.go:262
	//                 │                      processes[c1/e1].state = running
	//                 │                      processes[c1/e1].pid = 101
	//                 │                      processes[c1/e1].mu = nil
	//   39            ●      start c1/e1   s.send(&TaskExecStarted)                             service.go:298
	//                 │                      ▶ TaskExecStarted c1/e1 pid 101
	//   40            ●      start c1/e1   handleStarted: exits[101] has its exit               service.go:167-191
	//                 │                      calls[start c1/e1].ees = [exit of pid 101]
	//                 │                      exitSubscribers[start c1/e1] = false
	//                 │                      exits[start c1/e1][100] = []
	//                 │                      exits[start c1/e1][101] = []
	//   41            ●      start c1/e1   s.mu.Lock(), for handleProcessExit                   service.go:643
	//                 │                      mu = start c1/e1
	//   42            ●      start c1/e1   handleProcessExit: p.SetExited                       service.go:656
	//                 │                      processes[c1/e1].state = stopped
	//                 │                      processes[c1/e1].waitBlock = closed
	//   43            ●      start c1/e1   handleProcessExit: s.send(&TaskExit); s.mu.Unlock()  service.go:657-663
	//                 │                      calls[start c1/e1].ees = []
	//                 │                      mu = nil
	//                 │                      ▶ TaskExit c1/e1 pid 101
	//   44            ●      start c1/e1   return                                               service.go:305
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1, TaskExit c1 pid 100, TaskExecStarted c1/e1 pid 101, TaskExit c1/e1 pid 101
	//   breaks 'an init's exit is the last of its container' (c1/e1) after step 39
	//   replay: npx shim-spec replay early-exits --containers 1 --execs 1 --with wait,delete --choices 0,0,0,0,0,1,1,1,0,3,3,3,3,2,2,3,3,3,2,3,3,3,3,2,5,5,5,5,4,5,5,5,5,5,5,5,5,4,4,4,4,4,4,4

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"an init's exit is the last of its container", "a container's init process exit is published after the exits of its execs"},
	})
}

// NoExitIsLostC1SharedPidNamespaceEarlyExits asks of a shim: no exit is lost (c1).
//
// shim-spec found the interleaving in its revision early-exits: early exits without a big lock (the seed).
func (s *RaceSuite) testNoExitIsLostC1SharedPidNamespaceEarlyExits(t *testing.T) {
	//    1  ●          client        calls Create(c1)
	//    2    ●        create c1     s.mu.Lock()                                          service.go:206
	//         │                        mu = create c1
	//    3    ●        create c1     s.preStart(nil); runc.NewContainer runs runc create  service.go:209-212
	//         │                        exitSubscribers[create c1] = true
	//    4    │ ●      runc          runc forks c1 as pid 100
	//         │                        kernel[c1].status = alive
	//         │                        kernel[c1].pid = 100
	//    5    │   ●    kernel        c1 dies
	//         │   │                    kernel[c1].status = zombie
	//    6    │   ●    kernel        wait4 reaps c1, s.ec takes its exit
	//         │                        kernel[c1].status = reaped
	//         │                        ec = [exit of pid 100]
	//    7    │     ●  processExits  e := <-s.ec, pid 100; s.running[100] has nothing     service.go:611-630
	//         │                        ec = []
	//         │                        exits[create c1][100] = [exit of pid 100]
	//    8    ●        create c1     runc.NewContainer returns                            service.go:212
	//         │                        processes[c1].state = created
	//         │                        processes[c1].pid = 100
	//    9    ●        create c1     s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:217-219
	//         │                        containers[c1] = true
	//         │                        ▶ TaskCreate c1 pid 100
	//   10    ●        create c1     handleStarted: exits[100] has its exit               service.go:167-191
	//         │                        calls[create c1].ees = [exit of pid 100]
	//         │                        exitSubscribers[create c1] = false
	//         │                        exits[create c1][100] = []
	//
	//   events: TaskCreate c1 pid 100
	//   breaks 'no exit is lost' (c1) after step 10
	//   breaks 'no deadlock' (create c1) after step 10
	//   waiting at the end:
	//         create c1 is blocked on s.mu, which it already holds (at exit: s.mu.Lock)
	//   replay: npx shim-spec replay early-exits --containers 1 --execs 1 --with shared-pid-namespace,delete --choices 0,0,0,0,1,1,1,0,0,0

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, true)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"no exit is lost", "a shim MUST implement the following events: TaskExitEventTopic, when a task exits expected or unexpected"},
		{"every call is answered", "handle early exits w/o big locks: a call is answered, and the exit loop goes on"},
	})
}

// AnInitsExitIsTheLastOfItsContainerC1E12EarlyExits asks of a shim: an init's exit is the last of its container (c1/e1).
//
// shim-spec found the interleaving in its revision early-exits: early exits without a big lock (the seed).
func (s *RaceSuite) testAnInitsExitIsTheLastOfItsContainerC1E12EarlyExits(t *testing.T) {
	//    1  ●              client        calls Create(c1)
	//    2  │ ●            create c1     s.mu.Lock()                                          service.go:206
	//       │ │                            mu = create c1
	//    3  │ ●            create c1     s.preStart(nil); runc.NewContainer runs runc create  service.go:209-212
	//       │ │                            exitSubscribers[create c1] = true
	//    4  │ │ ●          runc          runc forks c1 as pid 100
	//       │ │ │                          kernel[c1].status = alive
	//       │ │ │                          kernel[c1].pid = 100
	//    5  │ ● │          create c1     runc.NewContainer returns                            service.go:212
	//       │ │ │                          processes[c1].state = created
	//       │ │ │                          processes[c1].pid = 100
	//    6  │ ● │          create c1     s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:217-219
	//       │ │ │                          containers[c1] = true
	//       │ │ │                          ▶ TaskCreate c1 pid 100
	//    7  │ ● │          create c1     handleStarted: s.running[100] takes it               service.go:167-191
	//       │ │ │                          running[100] = [c1]
	//       │ │ │                          exitSubscribers[create c1] = false
	//    8  │ ● │          create c1     return; s.mu.Unlock()                                service.go:239
	//       │   │                          mu = nil
	//    9  ●   │          client        calls Exec(c1/e1)
	//   10  │   │ ●        exec c1/e1    s.getContainer(c1)                                   service.go:341
	//   11  │   │ ●        exec c1/e1    container.Exec                                       service.go:345-349
	//       │   │ │                        processes[c1/e1].state = created
	//   12  │   │ ●        exec c1/e1    s.send(&TaskExecAdded)                               service.go:355
	//       │   │ │                        ▶ TaskExecAdded c1/e1
	//   13  │   │ ●        exec c1/e1    return                                               service.go:359
	//   14  ●   │          client        calls Start(c1/e1)
	//   15      │   ●      start c1/e1   s.getContainer(c1)                                   service.go:251
	//   16      │   ●      start c1/e1   s.preStart(nil)                                      service.go:260
	//           │   │                      exitSubscribers[start c1/e1] = true
	//   17      │   ●      start c1/e1   container.Start: c.Process(c1/e1)                    container.go:360
	//   18      │   ●      start c1/e1   p.Start: p.mu.Lock(); runc exec                      container.go:364
	//           │   │                      processes[c1/e1].mu = start c1/e1
	//   19      ●   │      runc          runc forks c1/e1 as pid 101
	//               │                      kernel[c1/e1].status = alive
	//               │                      kernel[c1/e1].pid = 101
	//   20          │ ●    kernel        c1 dies
	//               │ │                    kernel[c1].status = zombie
	//               │ │                    kernel[c1/e1].status = zombie
	//   21          │ ●    kernel        wait4 reaps c1/e1, s.ec takes its exit
	//               │ │                    kernel[c1/e1].status = reaped
	//               │ │                    ec = [exit of pid 101]
	//   22          │ ●    kernel        wait4 reaps c1, s.ec takes its exit
	//               │                      kernel[c1].status = reaped
	//               │                      ec = [exit of pid 101, exit of pid 100]
	//   23          │   ●  processExits  e := <-s.ec, pid 101; s.running[101] has nothing     service.go:611-630
	//               │   │                  ec = [exit of pid 100]
	//               │   │                  exits[start c1/e1][101] = [exit of pid 101]
	//   24          │   ●  processExits  e := <-s.ec, pid 100; s.running[100] has c1          service.go:611-630
	//               │   │                  ec = []
	//               │   │                  running[100] = []
	//               │   │                  exits[start c1/e1][100] = [exit of pid 100]
	//               │   │                  processExits.e = exit of pid 100
	//               │   │                  processExits.cps = [c1]
	//   25          │   ●  processExits  s.mu.Lock(), for handleProcessExit                   service.go:643
	//               │   │                  mu = processExits
	//   26          │   ●  processExits  handleProcessExit: p.SetExited                       service.go:656
	//               │   │                  processes[c1].state = stopped
	//               │   │                  processes[c1].waitBlock = closed
	//   27          │   ●  processExits  handleProcessExit: s.send(&TaskExit); s.mu.Unlock()  service.go:657-663
	//               │                      mu = nil
	//               │                      processExits.e = nil
	//               │                      processExits.cps = []
	//               │                      ▶ TaskExit c1 pid 100
	//   28          ●      start c1/e1   container.Start returns                              service.go:262
	//               │                      processes[c1/e1].state = running
	//               │                      processes[c1/e1].pid = 101
	//               │                      processes[c1/e1].mu = nil
	//   29          ●      start c1/e1   s.send(&TaskExecStarted)                             service.go:298
	//               │                      ▶ TaskExecStarted c1/e1 pid 101
	//   30          ●      start c1/e1   handleStarted: exits[101] has its exit               service.go:167-191
	//               │                      calls[start c1/e1].ees = [exit of pid 101]
	//               │                      exitSubscribers[start c1/e1] = false
	//               │                      exits[start c1/e1][100] = []
	//               │                      exits[start c1/e1][101] = []
	//   31          ●      start c1/e1   s.mu.Lock(), for handleProcessExit                   service.go:643
	//               │                      mu = start c1/e1
	//   32          ●      start c1/e1   handleProcessExit: p.SetExited                       service.go:656
	//               │                      processes[c1/e1].state = stopped
	//               │                      processes[c1/e1].waitBlock = closed
	//   33          ●      start c1/e1   handleProcessExit: s.send(&TaskExit); s.mu.Unlock()  service.go:657-663
	//               │                      calls[start c1/e1].ees = []
	//               │                      mu = nil
	//               │                      ▶ TaskExit c1/e1 pid 101
	//   34          ●      start c1/e1   return                                               service.go:305
	//
	//   events: TaskCreate c1 pid 100, TaskExecAdded c1/e1, TaskExit c1 pid 100, TaskExecStarted c1/e1 pid 101, TaskExit c1/e1 pid 101
	//   breaks 'an init's exit is the last of its container' (c1/e1) after step 29
	//   replay: npx shim-spec replay early-exits --containers 1 --execs 1 --with exec-on-created --choices 0,0,0,0,0,1,1,1,1,2,2,2,2,1,2,2,2,2,1,2,2,2,2,2,2,2,2,1,1,1,1,1,1,1

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"an init's exit is the last of its container", "a container's init process exit is published after the exits of its execs"},
	})
}

// AtMostOneExitPerProcessC1EarlyExits asks of a shim: at most one exit per process (c1).
//
// shim-spec found the interleaving in its revision early-exits: early exits without a big lock (the seed).
func (s *RaceSuite) testAtMostOneExitPerProcessC1EarlyExits(t *testing.T) {
	//    1  ●              client          calls Create(c1)
	//    2  │ ●            create c1       s.mu.Lock()                                          service.go:206
	//       │ │                              mu = create c1
	//    3  │ ●            create c1       s.preStart(nil); runc.NewContainer runs runc create  service.go:209-212
	//       │ │                              exitSubscribers[create c1] = true
	//    4  │ │ ●          runc            runc forks c1 as pid 100
	//       │ │ │                            kernel[c1].status = alive
	//       │ │ │                            kernel[c1].pid = 100
	//    5  │ ● │          create c1       runc.NewContainer returns                            service.go:212
	//       │ │ │                            processes[c1].state = created
	//       │ │ │                            processes[c1].pid = 100
	//    6  │ ● │          create c1       s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:217-219
	//       │ │ │                            containers[c1] = true
	//       │ │ │                            ▶ TaskCreate c1 pid 100
	//    7  │ ● │          create c1       handleStarted: s.running[100] takes it               service.go:167-191
	//       │ │ │                            running[100] = [c1]
	//       │ │ │                            exitSubscribers[create c1] = false
	//    8  │ ● │          create c1       return; s.mu.Unlock()                                service.go:239
	//       │   │                            mu = nil
	//    9  ●   │          client          calls Start(c1)
	//   10  │   │ ●        start c1        s.getContainer(c1)                                   service.go:251
	//   11  │   │ ●        start c1        s.preStart(container)                                service.go:260
	//       │   │ │                          running[100] = []
	//       │   │ │                          exitSubscribers[start c1] = true
	//   12  │   │ ●        start c1        container.Start: c.Process(c1)                       container.go:360
	//   13  │   │ ●        start c1        p.Start: p.mu.Lock(); runc start                     container.go:364
	//       │   │ │                          processes[c1].mu = start c1
	//   14  ●   │ │        client          calls Start(c1) again
	//   15      │ │ ●      start c1 again  s.getContainer(c1)                                   service.go:251
	//   16      │ │ ●      start c1 again  s.preStart(container)                                service.go:260
	//           │ │ │                        exitSubscribers[start c1 again] = true
	//   17      │ │ ●      start c1 again  container.Start: c.Process(c1)                       container.go:360
	//   18      ● │ │      runc            runc start lets c1 go on
	//   19        │ │ ●    kernel          c1 dies
	//             │ │ │                      kernel[c1].status = zombie
	//   20        │ │ ●    kernel          wait4 reaps c1, s.ec takes its exit
	//             │ │                        kernel[c1].status = reaped
	//             │ │                        ec = [exit of pid 100]
	//   21        │ │   ●  processExits    e := <-s.ec, pid 100; s.running[100] has nothing     service.go:611-630
	//             │ │                        ec = []
	//             │ │                        exits[start c1][100] = [exit of pid 100]
	//             │ │                        exits[start c1 again][100] = [exit of pid 100]
	//   22        ● │      start c1        container.Start returns                              service.go:262
	//             │ │                        processes[c1].state = running
	//             │ │                        processes[c1].mu = nil
	//   23        │ ●      start c1 again  p.Start: cannot start a running process              container.go:364
	//             │ │                        calls[start c1 again].err = true
	//   24        ● │      start c1        s.send(&TaskStart)                                   service.go:293
	//             │ │                        ▶ TaskStart c1 pid 100
	//   25        ● │      start c1        handleStarted: exits[100] has its exit               service.go:167-191
	//             │ │                        calls[start c1].ees = [exit of pid 100]
	//             │ │                        exitSubscribers[start c1] = false
	//             │ │                        exits[start c1][100] = []
	//   26        │ ●      start c1 again  handleStarted: exits[100] has its exit               service.go:167-191
	//             │ │                        calls[start c1 again].ees = [exit of pid 100]
	//             │ │                        exitSubscribers[start c1 again] = false
	//             │ │                        exits[start c1 again][100] = []
	//   27        ● │      start c1        s.mu.Lock(), for handleProcessExit                   service.go:643
	//             │ │                        mu = start c1
	//   28        ● │      start c1        handleProcessExit: p.SetExited                       service.go:656
	//             │ │                        processes[c1].state = stopped
	//             │ │                        processes[c1].waitBlock = closed
	//   29        ● │      start c1        handleProcessExit: s.send(&TaskExit); s.mu.Unlock()  service.go:657-663
	//             │ │                        calls[start c1].ees = []
	//             │ │                        mu = nil
	//             │ │                        ▶ TaskExit c1 pid 100
	//   30        ● │      start c1        return                                               service.go:305
	//   31          ●      start c1 again  s.mu.Lock(), for handleProcessExit                   service.go:643
	//               │                        mu = start c1 again
	//   32          ●      start c1 again  handleProcessExit: p.SetExited                       service.go:656
	//   33          ●      start c1 again  handleProcessExit: s.send(&TaskExit); s.mu.Unlock()  service.go:657-663
	//               │                        calls[start c1 again].ees = []
	//               │                        mu = nil
	//               │                        ▶ TaskExit c1 pid 100
	//   34          ●      start c1 again  return                                               service.go:305
	//                                        calls[start c1 again].err = false
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExit c1 pid 100, TaskExit c1 pid 100
	//   breaks 'at most one exit per process' (c1) after step 33
	//   replay: npx shim-spec replay early-exits --containers 1 --execs 1 --with again --choices 0,0,0,0,0,1,1,1,0,2,2,2,2,0,2,2,2,0,1,1,1,0,0,0,0,0,0,0,0,0,2,2,2,2

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.send("start c1 again")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"at most one exit per process", "When a task exits expected or unexpected (once: a task exits once)"},
	})
}

// AtMostOneExitPerProcessC1E1EarlyExits asks of a shim: at most one exit per process (c1/e1).
//
// shim-spec found the interleaving in its revision early-exits: early exits without a big lock (the seed).
func (s *RaceSuite) testAtMostOneExitPerProcessC1E1EarlyExits(t *testing.T) {
	//    1  ●                  client             calls Create(c1)
	//    2  │ ●                create c1          s.mu.Lock()                                          service.go:206
	//       │ │                                     mu = create c1
	//    3  │ ●                create c1          s.preStart(nil); runc.NewContainer runs runc create  service.go:209-212
	//       │ │                                     exitSubscribers[create c1] = true
	//    4  │ │ ●              runc               runc forks c1 as pid 100
	//       │ │ │                                   kernel[c1].status = alive
	//       │ │ │                                   kernel[c1].pid = 100
	//    5  │ ● │              create c1          runc.NewContainer returns                            service.go:212
	//       │ │ │                                   processes[c1].state = created
	//       │ │ │                                   processes[c1].pid = 100
	//    6  │ ● │              create c1          s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:217-219
	//       │ │ │                                   containers[c1] = true
	//       │ │ │                                   ▶ TaskCreate c1 pid 100
	//    7  │ ● │              create c1          handleStarted: s.running[100] takes it               service.go:167-191
	//       │ │ │                                   running[100] = [c1]
	//       │ │ │                                   exitSubscribers[create c1] = false
	//    8  │ ● │              create c1          return; s.mu.Unlock()                                service.go:239
	//       │   │                                   mu = nil
	//    9  ●   │              client             calls Start(c1)
	//   10  │   │ ●            start c1           s.getContainer(c1)                                   service.go:251
	//   11  │   │ ●            start c1           s.preStart(container)                                service.go:260
	//       │   │ │                                 running[100] = []
	//       │   │ │                                 exitSubscribers[start c1] = true
	//   12  │   │ ●            start c1           container.Start: c.Process(c1)                       container.go:360
	//   13  │   │ ●            start c1           p.Start: p.mu.Lock(); runc start                     container.go:364
	//       │   │ │                                 processes[c1].mu = start c1
	//   14  │   ● │            runc               runc start lets c1 go on
	//   15  │   │ ●            start c1           container.Start returns                              service.go:262
	//       │   │ │                                 processes[c1].state = running
	//       │   │ │                                 processes[c1].mu = nil
	//   16  │   │ ●            start c1           s.send(&TaskStart)                                   service.go:293
	//       │   │ │                                 ▶ TaskStart c1 pid 100
	//   17  │   │ ●            start c1           handleStarted: s.running[100] takes it               service.go:167-191
	//       │   │ │                                 running[100] = [c1]
	//       │   │ │                                 exitSubscribers[start c1] = false
	//   18  │   │ ●            start c1           return                                               service.go:305
	//   19  ●   │              client             calls Exec(c1/e1)
	//   20  │   │   ●          exec c1/e1         s.getContainer(c1)                                   service.go:341
	//   21  │   │   ●          exec c1/e1         container.Exec                                       service.go:345-349
	//       │   │   │                               processes[c1/e1].state = created
	//   22  │   │   ●          exec c1/e1         s.send(&TaskExecAdded)                               service.go:355
	//       │   │   │                               ▶ TaskExecAdded c1/e1
	//   23  │   │   ●          exec c1/e1         return                                               service.go:359
	//   24  ●   │              client             calls Start(c1/e1)
	//   25  │   │     ●        start c1/e1        s.getContainer(c1)                                   service.go:251
	//   26  │   │     ●        start c1/e1        s.preStart(nil)                                      service.go:260
	//       │   │     │                             exitSubscribers[start c1/e1] = true
	//   27  │   │     ●        start c1/e1        container.Start: c.Process(c1/e1)                    container.go:360
	//   28  │   │     ●        start c1/e1        p.Start: p.mu.Lock(); runc exec                      container.go:364
	//       │   │     │                             processes[c1/e1].mu = start c1/e1
	//   29  ●   │     │        client             calls Start(c1/e1) again
	//   30      │     │ ●      start c1/e1 again  s.getContainer(c1)                                   service.go:251
	//   31      │     │ ●      start c1/e1 again  s.preStart(nil)                                      service.go:260
	//           │     │ │                           exitSubscribers[start c1/e1 again] = true
	//   32      │     │ ●      start c1/e1 again  container.Start: c.Process(c1/e1)                    container.go:360
	//   33      ●     │ │      runc               runc forks c1/e1 as pid 101
	//                 │ │                           kernel[c1/e1].status = alive
	//                 │ │                           kernel[c1/e1].pid = 101
	//   34            │ │ ●    kernel             c1/e1 dies
	//                 │ │ │                         kernel[c1/e1].status = zombie
	//   35            │ │ ●    kernel             wait4 reaps c1/e1, s.ec takes its exit
	//                 │ │                           kernel[c1/e1].status = reaped
	//                 │ │                           ec = [exit of pid 101]
	//   36            │ │   ●  processExits       e := <-s.ec, pid 101; s.running[101] has nothing     service.go:611-630
	//                 │ │                           ec = []
	//                 │ │                           exits[start c1/e1][101] = [exit of pid 101]
	//                 │ │                           exits[start c1/e1 again][101] = [exit of pid 101]
	//   37            ● │      start c1/e1        container.Start returns                              service.go:262
	//                 │ │                           processes[c1/e1].state = running
	//                 │ │                           processes[c1/e1].pid = 101
	//                 │ │                           processes[c1/e1].mu = nil
	//   38            │ ●      start c1/e1 again  p.Start: cannot start a running process              container.go:364
	//                 │ │                           calls[start c1/e1 again].err = true
	//   39            ● │      start c1/e1        s.send(&TaskExecStarted)                             service.go:298
	//                 │ │                           ▶ TaskExecStarted c1/e1 pid 101
	//   40            ● │      start c1/e1        handleStarted: exits[101] has its exit               service.go:167-191
	//                 │ │                           calls[start c1/e1].ees = [exit of pid 101]
	//                 │ │                           exitSubscribers[start c1/e1] = false
	//                 │ │                           exits[start c1/e1][101] = []
	//   41            │ ●      start c1/e1 again  handleStarted: exits[101] has its exit               service.go:167-191
	//                 │ │                           calls[start c1/e1 again].ees = [exit of pid 101]
	//                 │ │                           exitSubscribers[start c1/e1 again] = false
	//                 │ │                           exits[start c1/e1 again][101] = []
	//   42            ● │      start c1/e1        s.mu.Lock(), for handleProcessExit                   service.go:643
	//                 │ │                           mu = start c1/e1
	//   43            ● │      start c1/e1        handleProcessExit: p.SetExited                       service.go:656
	//                 │ │                           processes[c1/e1].state = stopped
	//                 │ │                           processes[c1/e1].waitBlock = closed
	//   44            ● │      start c1/e1        handleProcessExit: s.send(&TaskExit); s.mu.Unlock()  service.go:657-663
	//                 │ │                           calls[start c1/e1].ees = []
	//                 │ │                           mu = nil
	//                 │ │                           ▶ TaskExit c1/e1 pid 101
	//   45            ● │      start c1/e1        return                                               service.go:305
	//   46              ●      start c1/e1 again  s.mu.Lock(), for handleProcessExit                   service.go:643
	//                   │                           mu = start c1/e1 again
	//   47              ●      start c1/e1 again  handleProcessExit: p.SetExited                       service.go:656
	//   48              ●      start c1/e1 again  handleProcessExit: s.send(&TaskExit); s.mu.Unlock()  service.go:657-663
	//                   │                           calls[start c1/e1 again].ees = []
	//                   │                           mu = nil
	//                   │                           ▶ TaskExit c1/e1 pid 101
	//   49              ●      start c1/e1 again  return                                               service.go:305
	//                                               calls[start c1/e1 again].err = false
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1, TaskExecStarted c1/e1 pid 101, TaskExit c1/e1 pid 101, TaskExit c1/e1 pid 101
	//   breaks 'at most one exit per process' (c1/e1) after step 48
	//   replay: npx shim-spec replay early-exits --containers 1 --execs 1 --with again --choices 0,0,0,0,0,1,1,1,0,2,2,2,2,1,1,2,2,2,1,3,3,3,3,2,4,4,4,4,2,4,4,4,2,4,4,4,2,3,3,3,3,3,3,3,3,3,3,3,3

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.send("start c1/e1 again")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1")
	r.rest()
	r.kill("c1/e1")
	r.rest()
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"at most one exit per process", "When a task exits expected or unexpected (once: a task exits once)"},
		{"the shim lives on", "close of closed channel (a panic of the Go runtime; every task of the shim loses it)"},
	})
}

// NoExitIsLostC1E1EarlyExits asks of a shim: no exit is lost (c1/e1).
//
// shim-spec found the interleaving in its revision early-exits: early exits without a big lock (the seed).
func (s *RaceSuite) testNoExitIsLostC1E1EarlyExits(t *testing.T) {
	//    1  ●                  client             calls Create(c1)
	//    2  │ ●                create c1          s.mu.Lock()                                          service.go:206
	//       │ │                                     mu = create c1
	//    3  │ ●                create c1          s.preStart(nil); runc.NewContainer runs runc create  service.go:209-212
	//       │ │                                     exitSubscribers[create c1] = true
	//    4  │ │ ●              runc               runc forks c1 as pid 100
	//       │ │ │                                   kernel[c1].status = alive
	//       │ │ │                                   kernel[c1].pid = 100
	//    5  │ ● │              create c1          runc.NewContainer returns                            service.go:212
	//       │ │ │                                   processes[c1].state = created
	//       │ │ │                                   processes[c1].pid = 100
	//    6  │ ● │              create c1          s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:217-219
	//       │ │ │                                   containers[c1] = true
	//       │ │ │                                   ▶ TaskCreate c1 pid 100
	//    7  │ ● │              create c1          handleStarted: s.running[100] takes it               service.go:167-191
	//       │ │ │                                   running[100] = [c1]
	//       │ │ │                                   exitSubscribers[create c1] = false
	//    8  │ ● │              create c1          return; s.mu.Unlock()                                service.go:239
	//       │   │                                   mu = nil
	//    9  ●   │              client             calls Start(c1)
	//   10  │   │ ●            start c1           s.getContainer(c1)                                   service.go:251
	//   11  │   │ ●            start c1           s.preStart(container)                                service.go:260
	//       │   │ │                                 running[100] = []
	//       │   │ │                                 exitSubscribers[start c1] = true
	//   12  │   │ ●            start c1           container.Start: c.Process(c1)                       container.go:360
	//   13  │   │ ●            start c1           p.Start: p.mu.Lock(); runc start                     container.go:364
	//       │   │ │                                 processes[c1].mu = start c1
	//   14  │   ● │            runc               runc start lets c1 go on
	//   15  │   │ ●            start c1           container.Start returns                              service.go:262
	//       │   │ │                                 processes[c1].state = running
	//       │   │ │                                 processes[c1].mu = nil
	//   16  │   │ ●            start c1           s.send(&TaskStart)                                   service.go:293
	//       │   │ │                                 ▶ TaskStart c1 pid 100
	//   17  │   │ ●            start c1           handleStarted: s.running[100] takes it               service.go:167-191
	//       │   │ │                                 running[100] = [c1]
	//       │   │ │                                 exitSubscribers[start c1] = false
	//   18  │   │ ●            start c1           return                                               service.go:305
	//   19  ●   │              client             calls Exec(c1/e1)
	//   20  │   │   ●          exec c1/e1         s.getContainer(c1)                                   service.go:341
	//   21  │   │   ●          exec c1/e1         container.Exec                                       service.go:345-349
	//       │   │   │                               processes[c1/e1].state = created
	//   22  │   │   ●          exec c1/e1         s.send(&TaskExecAdded)                               service.go:355
	//       │   │   │                               ▶ TaskExecAdded c1/e1
	//   23  │   │   ●          exec c1/e1         return                                               service.go:359
	//   24  ●   │              client             calls Start(c1/e1)
	//   25  │   │     ●        start c1/e1        s.getContainer(c1)                                   service.go:251
	//   26  │   │     ●        start c1/e1        s.preStart(nil)                                      service.go:260
	//       │   │     │                             exitSubscribers[start c1/e1] = true
	//   27  │   │     ●        start c1/e1        container.Start: c.Process(c1/e1)                    container.go:360
	//   28  │   │     ●        start c1/e1        p.Start: p.mu.Lock(); runc exec                      container.go:364
	//       │   │     │                             processes[c1/e1].mu = start c1/e1
	//   29  ●   │     │        client             calls Start(c1/e1) again
	//   30      │     │ ●      start c1/e1 again  s.getContainer(c1)                                   service.go:251
	//   31      │     │ ●      start c1/e1 again  s.preStart(nil)                                      service.go:260
	//           │     │ │                           exitSubscribers[start c1/e1 again] = true
	//   32      │     │ ●      start c1/e1 again  container.Start: c.Process(c1/e1)                    container.go:360
	//   33      │     ● │      start c1/e1        container.Start returns an error                     service.go:262
	//           │     │ │                           calls[start c1/e1].err = true
	//           │     │ │                           processes[c1/e1].mu = nil
	//           │     │ │                           processes[c1/e1].waitBlock = closed
	//   34      │     │ ●      start c1/e1 again  p.Start: p.mu.Lock(); runc exec                      container.go:364
	//           │     │ │                           processes[c1/e1].mu = start c1/e1 again
	//   35      │     ● │      start c1/e1        handleStarted: nothing to do                         service.go:167-191
	//           │     │ │                           exitSubscribers[start c1/e1] = false
	//   36      │     ● │      start c1/e1        return                                               service.go:305
	//           │       │                           calls[start c1/e1].err = false
	//   37      ●       │      runc               runc forks c1/e1 as pid 101
	//                   │                           kernel[c1/e1].status = alive
	//                   │                           kernel[c1/e1].pid = 101
	//   38              │ ●    kernel             c1/e1 dies
	//                   │ │                         kernel[c1/e1].status = zombie
	//   39              │ ●    kernel             wait4 reaps c1/e1, s.ec takes its exit
	//                   │                           kernel[c1/e1].status = reaped
	//                   │                           ec = [exit of pid 101]
	//   40              │   ●  processExits       e := <-s.ec, pid 101; s.running[101] has nothing     service.go:611-630
	//                   │                           ec = []
	//                   │                           exits[start c1/e1 again][101] = [exit of pid 101]
	//   41              ●      start c1/e1 again  container.Start returns                              service.go:262
	//                   │                           processes[c1/e1].state = running
	//                   │                           processes[c1/e1].pid = 101
	//                   │                           processes[c1/e1].mu = nil
	//   42              ●      start c1/e1 again  s.send(&TaskExecStarted)                             service.go:298
	//                   │                           ▶ TaskExecStarted c1/e1 pid 101
	//   43              ●      start c1/e1 again  handleStarted: exits[101] has its exit               service.go:167-191
	//                   │                           calls[start c1/e1 again].ees = [exit of pid 101]
	//                   │                           exitSubscribers[start c1/e1 again] = false
	//                   │                           exits[start c1/e1 again][101] = []
	//   44              ●      start c1/e1 again  s.mu.Lock(), for handleProcessExit                   service.go:643
	//                   │                           mu = start c1/e1 again
	//   45              ●      start c1/e1 again  handleProcessExit: p.SetExited                       service.go:656
	//                                               calls[start c1/e1 again].ees = []
	//                                               mu = nil
	//                                               running[100] = []
	//                                               processes[c1/e1].state = stopped
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1, TaskExecStarted c1/e1 pid 101
	//   breaks 'no exit is lost' (c1/e1) after step 45
	//   breaks 'the shim does not panic' (processExits) after step 45
	//   replay: npx shim-spec replay early-exits --containers 1 --execs 1 --with runc-fails,again --choices 0,0,0,0,0,1,1,1,0,2,2,2,2,1,1,2,2,2,1,3,3,3,3,2,4,4,4,4,2,5,5,5,3,3,5,5,2,5,5,5,2,3,3,3,3

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.send("start c1/e1 again")
	r.rest()
	r.crash("exec-c1-e1", "start c1/e1")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1 again")
	r.rest()
	r.kill("c1/e1")
	r.rest()
	r.pass("exec-c1-e1", "after", "go", "start c1/e1 again")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"no exit is lost", "a shim MUST implement the following events: TaskExitEventTopic, when a task exits expected or unexpected"},
	})
}

// AnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespacePendingExecs asks of a shim: an init's exit is the last of its container (c1/e1).
//
// shim-spec found the interleaving in its revision pending-execs: init's exit waits for execs that are starting.
func (s *RaceSuite) testAnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespacePendingExecs(t *testing.T) {
	//    1  ●                client        calls Create(c1)
	//    2  │ ●              create c1     s.mu.Lock()                                          service.go:249
	//       │ │                              mu = create c1
	//    3  │ ●              create c1     s.preStart(nil); runc.NewContainer runs runc create  service.go:252-257
	//       │ │                              exitSubscribers[create c1] = true
	//    4  │ │ ●            runc          runc forks c1 as pid 100
	//       │ │ │                            kernel[c1].status = alive
	//       │ │ │                            kernel[c1].pid = 100
	//    5  │ ● │            create c1     runc.NewContainer returns                            service.go:257
	//       │ │ │                            processes[c1].state = created
	//       │ │ │                            processes[c1].pid = 100
	//    6  │ ● │            create c1     s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:262-264
	//       │ │ │                            containers[c1] = true
	//       │ │ │                            ▶ TaskCreate c1 pid 100
	//    7  │ ● │            create c1     handleStarted: s.running[100] takes it               service.go:169-234
	//       │ │ │                            running[100] = [c1]
	//       │ │ │                            exitSubscribers[create c1] = false
	//    8  │ ● │            create c1     return; s.mu.Unlock()                                service.go:284
	//       │   │                            mu = nil
	//    9  ●   │            client        calls Start(c1)
	//   10  │   │ ●          start c1      s.getContainer(c1)                                   service.go:296
	//   11  │   │ ●          start c1      s.preStart(container)                                service.go:302-309
	//       │   │ │                          running[100] = []
	//       │   │ │                          exitSubscribers[start c1] = true
	//   12  │   │ ●          start c1      container.Start: c.Process(c1)                       container.go:355
	//   13  │   │ ●          start c1      p.Start: p.mu.Lock(); runc start                     container.go:359
	//       │   │ │                          processes[c1].mu = start c1
	//   14  │   ● │          runc          runc start lets c1 go on
	//   15  │   │ ●          start c1      container.Start returns                              service.go:312
	//       │   │ │                          processes[c1].state = running
	//       │   │ │                          processes[c1].mu = nil
	//   16  │   │ ●          start c1      s.send(&TaskStart)                                   service.go:343
	//       │   │ │                          ▶ TaskStart c1 pid 100
	//   17  │   │ ●          start c1      handleStarted: s.running[100] takes it               service.go:169-234
	//       │   │ │                          running[100] = [c1]
	//       │   │ │                          exitSubscribers[start c1] = false
	//   18  │   │ ●          start c1      return                                               service.go:355
	//   19  ●   │            client        calls Exec(c1/e1)
	//   20  │   │   ●        exec c1/e1    s.getContainer(c1)                                   service.go:391
	//   21  │   │   ●        exec c1/e1    container.Exec                                       service.go:395-399
	//       │   │   │                        processes[c1/e1].state = created
	//   22  │   │   ●        exec c1/e1    s.send(&TaskExecAdded)                               service.go:405
	//       │   │   │                        ▶ TaskExecAdded c1/e1
	//   23  │   │   ●        exec c1/e1    return                                               service.go:409
	//   24  ●   │            client        calls Start(c1/e1)
	//   25      │     ●      start c1/e1   s.getContainer(c1)                                   service.go:296
	//   26      │     ●      start c1/e1   s.preStart(nil)                                      service.go:302-309
	//           │     │                      pendingExecs[c1] = 1
	//           │     │                      exitSubscribers[start c1/e1] = true
	//   27      │     ●      start c1/e1   container.Start: c.Process(c1/e1)                    container.go:355
	//   28      │     ●      start c1/e1   p.Start: p.mu.Lock(); runc exec                      container.go:359
	//           │     │                      processes[c1/e1].mu = start c1/e1
	//   29      ●     │      runc          runc forks c1/e1 as pid 101
	//                 │                      kernel[c1/e1].status = alive
	//                 │                      kernel[c1/e1].pid = 101
	//   30            ●      start c1/e1   container.Start returns                              service.go:312
	//                 │                      processes[c1/e1].state = running
	//                 │                      processes[c1/e1].pid = 101
	//                 │                      processes[c1/e1].mu = nil
	//   31            ●      start c1/e1   s.send(&TaskExecStarted)                             service.go:348
	//                 │                      ▶ TaskExecStarted c1/e1 pid 101
	//   32            ●      start c1/e1   handleStarted: s.running[101] takes it               service.go:169-234
	//                 │                      running[101] = [c1/e1]
	//                 │                      pendingExecs[c1] = 0
	//                 │                      exitSubscribers[start c1/e1] = false
	//   33            ●      start c1/e1   return                                               service.go:355
	//   34              ●    kernel        c1 dies
	//                   │                    kernel[c1].status = zombie
	//   35              ●    kernel        wait4 reaps c1, s.ec takes its exit
	//                   │                    kernel[c1].status = reaped
	//                   │                    ec = [exit of pid 100]
	//   36              │ ●  processExits  e := <-s.ec, pid 100; s.running[100] has c1          service.go:661-695
	//                   │ │                  ec = []
	//                   │ │                  running[100] = []
	//                   │ │                  processExits.e = exit of pid 100
	//                   │ │                  processExits.cps = [c1]
	//   37              │ ●  processExits  handleProcessExit: ip.KillAll                        service.go:709-717
	//                   │ │                  kernel[c1/e1].status = zombie
	//   38              ● │  kernel        wait4 reaps c1/e1, s.ec takes its exit
	//                     │                  kernel[c1/e1].status = reaped
	//                     │                  ec = [exit of pid 101]
	//   39                ●  processExits  handleProcessExit: p.SetExited                       service.go:719
	//                     │                  processes[c1].state = stopped
	//                     │                  processes[c1].waitBlock = closed
	//   40                ●  processExits  handleProcessExit: s.send(&TaskExit)                 service.go:720-726
	//                     │                  processExits.e = nil
	//                     │                  processExits.cps = []
	//                     │                  ▶ TaskExit c1 pid 100
	//   41                ●  processExits  e := <-s.ec, pid 101; s.running[101] has c1/e1       service.go:661-695
	//                     │                  ec = []
	//                     │                  running[101] = []
	//                     │                  processExits.e = exit of pid 101
	//                     │                  processExits.cps = [c1/e1]
	//   42                ●  processExits  handleProcessExit: p.SetExited                       service.go:719
	//                     │                  processes[c1/e1].state = stopped
	//                     │                  processes[c1/e1].waitBlock = closed
	//   43                ●  processExits  handleProcessExit: s.send(&TaskExit)                 service.go:720-726
	//                                        processExits.e = nil
	//                                        processExits.cps = []
	//                                        ▶ TaskExit c1/e1 pid 101
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1, TaskExecStarted c1/e1 pid 101, TaskExit c1 pid 100, TaskExit c1/e1 pid 101
	//   breaks 'an init's exit is the last of its container' (c1/e1) after step 43
	//   replay: npx shim-spec replay pending-execs --containers 1 --execs 1 --with shared-pid-namespace,delete --choices 0,0,0,0,0,1,1,1,0,2,2,2,2,1,1,2,2,2,1,2,2,2,2,1,3,3,3,3,2,2,4,4,4,2,2,3,3,2,2,2,2,2,2

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, true)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1")
	r.rest()
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"an init's exit is the last of its container", "a container's init process exit is published after the exits of its execs"},
	})
}

// NoExitIsLostC1PendingExecs asks of a shim: no exit is lost (c1).
//
// shim-spec found the interleaving in its revision pending-execs: init's exit waits for execs that are starting.
func (s *RaceSuite) testNoExitIsLostC1PendingExecs(t *testing.T) {
	//    1  ●                client        calls Create(c1)
	//    2  │ ●              create c1     s.mu.Lock()                                          service.go:249
	//       │ │                              mu = create c1
	//    3  │ ●              create c1     s.preStart(nil); runc.NewContainer runs runc create  service.go:252-257
	//       │ │                              exitSubscribers[create c1] = true
	//    4  │ │ ●            runc          runc forks c1 as pid 100
	//       │ │                              kernel[c1].status = alive
	//       │ │                              kernel[c1].pid = 100
	//    5  │ ●              create c1     runc.NewContainer returns                            service.go:257
	//       │ │                              processes[c1].state = created
	//       │ │                              processes[c1].pid = 100
	//    6  │ ●              create c1     s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:262-264
	//       │ │                              containers[c1] = true
	//       │ │                              ▶ TaskCreate c1 pid 100
	//    7  │ ●              create c1     handleStarted: s.running[100] takes it               service.go:169-234
	//       │ │                              running[100] = [c1]
	//       │ │                              exitSubscribers[create c1] = false
	//    8  │ ●              create c1     return; s.mu.Unlock()                                service.go:284
	//       │                                mu = nil
	//    9  ●                client        calls Exec(c1/e1)
	//   10  │     ●          exec c1/e1    s.getContainer(c1)                                   service.go:391
	//   11  │     ●          exec c1/e1    container.Exec                                       service.go:395-399
	//       │     │                          processes[c1/e1].state = created
	//   12  │     ●          exec c1/e1    s.send(&TaskExecAdded)                               service.go:405
	//       │     │                          ▶ TaskExecAdded c1/e1
	//   13  │     ●          exec c1/e1    return                                               service.go:409
	//   14  ●                client        calls Start(c1/e1)
	//   15  │       ●        start c1/e1   s.getContainer(c1)                                   service.go:296
	//   16  │       ●        start c1/e1   s.preStart(nil)                                      service.go:302-309
	//       │       │                        pendingExecs[c1] = 1
	//       │       │                        exitSubscribers[start c1/e1] = true
	//   17  │       ●        start c1/e1   container.Start: c.Process(c1/e1)                    container.go:355
	//   18  │       ●        start c1/e1   p.Start: p.mu.Lock(); runc exec                      container.go:359
	//       │       │                        processes[c1/e1].mu = start c1/e1
	//   19  │       │ ●      kernel        c1 dies
	//       │       │ │                      kernel[c1].status = zombie
	//   20  │       │ ●      kernel        wait4 reaps c1, s.ec takes its exit
	//       │       │                        kernel[c1].status = reaped
	//       │       │                        ec = [exit of pid 100]
	//   21  │       │   ●    processExits  e := <-s.ec, pid 100; s.running[100] has c1          service.go:661-695
	//       │       │                        ec = []
	//       │       │                        exits[start c1/e1][100] = [exit of pid 100]
	//   22  ●       │        client        calls Start(c1)
	//   23          │     ●  start c1      s.getContainer(c1)                                   service.go:296
	//   24          │     ●  start c1      s.preStart(container)                                service.go:302-309
	//               │     │                  running[100] = []
	//               │     │                  exitSubscribers[start c1] = true
	//   25          │     ●  start c1      container.Start: c.Process(c1)                       container.go:355
	//   26          │     ●  start c1      p.Start: p.mu.Lock(); runc start                     container.go:359
	//               │     │                  processes[c1].mu = start c1
	//   27          ●     │  start c1/e1   container.Start returns an error                     service.go:312
	//               │     │                  calls[start c1/e1].err = true
	//               │     │                  processes[c1/e1].mu = nil
	//               │     │                  processes[c1/e1].waitBlock = closed
	//   28          ●     │  start c1/e1   handleStarted: nothing to do                         service.go:169-234
	//               │     │                  pendingExecs[c1] = nil
	//               │     │                  exitSubscribers[start c1/e1] = false
	//               │     │                  exits[start c1/e1][100] = []
	//   29          ●     │  start c1/e1   return                                               service.go:355
	//                     │                  calls[start c1/e1].err = false
	//   30                ●  start c1      container.Start returns an error                     service.go:312
	//                     │                  calls[start c1].err = true
	//                     │                  processes[c1].mu = nil
	//   31                ●  start c1      handleStarted: s.running[100] takes it               service.go:169-234
	//                     │                  running[100] = [c1]
	//                     │                  exitSubscribers[start c1] = false
	//   32                ●  start c1      return                                               service.go:355
	//                                        calls[start c1].err = false
	//
	//   events: TaskCreate c1 pid 100, TaskExecAdded c1/e1
	//   breaks 'no exit is lost' (c1) after step 32
	//   breaks 'running holds no dead process' (100) after step 32
	//   replay: npx shim-spec replay pending-execs --containers 1 --execs 1 --with exec-on-created --choices 0,0,0,0,0,1,1,1,1,2,2,2,2,1,2,2,2,2,2,2,2,0,1,1,1,1,1,1,1,0,0,0

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.pass("exec-c1-e1", "before", "go", "start c1/e1")
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.pass("start-c1", "before", "go", "start c1")
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"no exit is lost", "a shim MUST implement the following events: TaskExitEventTopic, when a task exits expected or unexpected"},
	})
}

// AnInitsExitIsTheLastOfItsContainerC1E12PendingExecs asks of a shim: an init's exit is the last of its container (c1/e1).
//
// shim-spec found the interleaving in its revision pending-execs: init's exit waits for execs that are starting.
func (s *RaceSuite) testAnInitsExitIsTheLastOfItsContainerC1E12PendingExecs(t *testing.T) {
	//    1  ●                client        calls Create(c1)
	//    2  │ ●              create c1     s.mu.Lock()                                          service.go:249
	//       │ │                              mu = create c1
	//    3  │ ●              create c1     s.preStart(nil); runc.NewContainer runs runc create  service.go:252-257
	//       │ │                              exitSubscribers[create c1] = true
	//    4  │ │ ●            runc          runc forks c1 as pid 100
	//       │ │ │                            kernel[c1].status = alive
	//       │ │ │                            kernel[c1].pid = 100
	//    5  │ ● │            create c1     runc.NewContainer returns                            service.go:257
	//       │ │ │                            processes[c1].state = created
	//       │ │ │                            processes[c1].pid = 100
	//    6  │ ● │            create c1     s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:262-264
	//       │ │ │                            containers[c1] = true
	//       │ │ │                            ▶ TaskCreate c1 pid 100
	//    7  │ ● │            create c1     handleStarted: s.running[100] takes it               service.go:169-234
	//       │ │ │                            running[100] = [c1]
	//       │ │ │                            exitSubscribers[create c1] = false
	//    8  │ ● │            create c1     return; s.mu.Unlock()                                service.go:284
	//       │   │                            mu = nil
	//    9  ●   │            client        calls Exec(c1/e1)
	//   10  │   │ ●          exec c1/e1    s.getContainer(c1)                                   service.go:391
	//   11  │   │ ●          exec c1/e1    container.Exec                                       service.go:395-399
	//       │   │ │                          processes[c1/e1].state = created
	//   12  │   │ ●          exec c1/e1    s.send(&TaskExecAdded)                               service.go:405
	//       │   │ │                          ▶ TaskExecAdded c1/e1
	//   13  │   │ ●          exec c1/e1    return                                               service.go:409
	//   14  ●   │            client        calls Start(c1)
	//   15  │   │   ●        start c1      s.getContainer(c1)                                   service.go:296
	//   16  │   │   ●        start c1      s.preStart(container)                                service.go:302-309
	//       │   │   │                        running[100] = []
	//       │   │   │                        exitSubscribers[start c1] = true
	//   17  │   │   ●        start c1      container.Start: c.Process(c1)                       container.go:355
	//   18  │   │   ●        start c1      p.Start: p.mu.Lock(); runc start                     container.go:359
	//       │   │   │                        processes[c1].mu = start c1
	//   19  ●   │   │        client        calls Start(c1/e1)
	//   20      │   │ ●      start c1/e1   s.getContainer(c1)                                   service.go:296
	//   21      │   │ ●      start c1/e1   s.preStart(nil)                                      service.go:302-309
	//           │   │ │                      pendingExecs[c1] = 1
	//           │   │ │                      exitSubscribers[start c1/e1] = true
	//   22      │   │ ●      start c1/e1   container.Start: c.Process(c1/e1)                    container.go:355
	//   23      │   │ ●      start c1/e1   p.Start: p.mu.Lock(); runc exec                      container.go:359
	//           │   │ │                      processes[c1/e1].mu = start c1/e1
	//   24      ●   │ │      runc          runc forks c1/e1 as pid 101
	//               │ │                      kernel[c1/e1].status = alive
	//               │ │                      kernel[c1/e1].pid = 101
	//   25          │ │ ●    kernel        c1 dies
	//               │ │ │                    kernel[c1].status = zombie
	//               │ │ │                    kernel[c1/e1].status = zombie
	//   26          │ │ ●    kernel        wait4 reaps c1/e1, s.ec takes its exit
	//               │ │ │                    kernel[c1/e1].status = reaped
	//               │ │ │                    ec = [exit of pid 101]
	//   27          │ │ ●    kernel        wait4 reaps c1, s.ec takes its exit
	//               │ │                      kernel[c1].status = reaped
	//               │ │                      ec = [exit of pid 101, exit of pid 100]
	//   28          │ │   ●  processExits  e := <-s.ec, pid 101; s.running[101] has nothing     service.go:661-695
	//               │ │   │                  ec = [exit of pid 100]
	//               │ │   │                  exits[start c1][101] = [exit of pid 101]
	//               │ │   │                  exits[start c1/e1][101] = [exit of pid 101]
	//   29          │ │   ●  processExits  e := <-s.ec, pid 100; s.running[100] has nothing     service.go:661-695
	//               │ │                      ec = []
	//               │ │                      exits[start c1][100] = [exit of pid 100]
	//               │ │                      exits[start c1/e1][100] = [exit of pid 100]
	//   30          ● │      start c1      container.Start returns an error                     service.go:312
	//               │ │                      calls[start c1].err = true
	//               │ │                      processes[c1].mu = nil
	//   31          ● │      start c1      handleStarted: exits[100] has its exit               service.go:169-234
	//               │ │                      calls[start c1].todo = [{"process":"c1","e":{"pid":100,"of":"c1"}}]
	//               │ │                      exitSubscribers[start c1] = false
	//               │ │                      exits[start c1][100] = []
	//               │ │                      exits[start c1][101] = []
	//   32          ● │      start c1      handleProcessExit: p.SetExited                       service.go:719
	//               │ │                      processes[c1].state = stopped
	//               │ │                      processes[c1].waitBlock = closed
	//   33          ● │      start c1      handleProcessExit: s.send(&TaskExit)                 service.go:720-726
	//               │ │                      calls[start c1].todo = []
	//               │ │                      ▶ TaskExit c1 pid 100
	//   34          ● │      start c1      return                                               service.go:355
	//                 │                      calls[start c1].err = false
	//   35            ●      start c1/e1   container.Start returns                              service.go:312
	//                 │                      processes[c1/e1].state = running
	//                 │                      processes[c1/e1].pid = 101
	//                 │                      processes[c1/e1].mu = nil
	//   36            ●      start c1/e1   s.send(&TaskExecStarted)                             service.go:348
	//                 │                      ▶ TaskExecStarted c1/e1 pid 101
	//   37            ●      start c1/e1   handleStarted: exits[101] has its exit               service.go:169-234
	//                 │                      calls[start c1/e1].todo = [{"process":"c1/e1","e":{"pid":101,"of":"c1/e1"}}]
	//                 │                      pendingExecs[c1] = nil
	//                 │                      exitSubscribers[start c1/e1] = false
	//                 │                      exits[start c1/e1][100] = []
	//                 │                      exits[start c1/e1][101] = []
	//   38            ●      start c1/e1   handleProcessExit: p.SetExited                       service.go:719
	//                 │                      processes[c1/e1].state = stopped
	//                 │                      processes[c1/e1].waitBlock = closed
	//   39            ●      start c1/e1   handleProcessExit: s.send(&TaskExit)                 service.go:720-726
	//                 │                      calls[start c1/e1].todo = []
	//                 │                      ▶ TaskExit c1/e1 pid 101
	//   40            ●      start c1/e1   return                                               service.go:355
	//
	//   events: TaskCreate c1 pid 100, TaskExecAdded c1/e1, TaskExit c1 pid 100, TaskExecStarted c1/e1 pid 101, TaskExit c1/e1 pid 101
	//   breaks 'an init's exit is the last of its container' (c1/e1) after step 36
	//   replay: npx shim-spec replay pending-execs --containers 1 --execs 1 --with exec-on-created --choices 0,0,0,0,0,1,1,1,1,2,2,2,2,0,2,2,2,2,0,2,2,2,2,0,2,2,2,2,2,0,1,1,1,1,0,0,0,0,0,0

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.pass("start-c1", "before", "go", "start c1")
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"an init's exit is the last of its container", "a container's init process exit is published after the exits of its execs"},
	})
}

// AnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespace2PendingExecs asks of a shim: an init's exit is the last of its container (c1/e1).
//
// shim-spec found the interleaving in its revision pending-execs: init's exit waits for execs that are starting.
func (s *RaceSuite) testAnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespace2PendingExecs(t *testing.T) {
	//    1  ●              client        calls Create(c1)
	//    2  │ ●            create c1     s.mu.Lock()                                          service.go:249
	//       │ │                            mu = create c1
	//    3  │ ●            create c1     s.preStart(nil); runc.NewContainer runs runc create  service.go:252-257
	//       │ │                            exitSubscribers[create c1] = true
	//    4  │ │ ●          runc          runc forks c1 as pid 100
	//       │ │ │                          kernel[c1].status = alive
	//       │ │ │                          kernel[c1].pid = 100
	//    5  │ ● │          create c1     runc.NewContainer returns                            service.go:257
	//       │ │ │                          processes[c1].state = created
	//       │ │ │                          processes[c1].pid = 100
	//    6  │ ● │          create c1     s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:262-264
	//       │ │ │                          containers[c1] = true
	//       │ │ │                          ▶ TaskCreate c1 pid 100
	//    7  │ ● │          create c1     handleStarted: s.running[100] takes it               service.go:169-234
	//       │ │ │                          running[100] = [c1]
	//       │ │ │                          exitSubscribers[create c1] = false
	//    8  │ ● │          create c1     return; s.mu.Unlock()                                service.go:284
	//       │   │                          mu = nil
	//    9  ●   │          client        calls Exec(c1/e1)
	//   10  │   │ ●        exec c1/e1    s.getContainer(c1)                                   service.go:391
	//   11  │   │ ●        exec c1/e1    container.Exec                                       service.go:395-399
	//       │   │ │                        processes[c1/e1].state = created
	//   12  │   │ ●        exec c1/e1    s.send(&TaskExecAdded)                               service.go:405
	//       │   │ │                        ▶ TaskExecAdded c1/e1
	//   13  │   │ ●        exec c1/e1    return                                               service.go:409
	//   14  ●   │          client        calls Start(c1/e1)
	//   15      │   ●      start c1/e1   s.getContainer(c1)                                   service.go:296
	//   16      │   ●      start c1/e1   s.preStart(nil)                                      service.go:302-309
	//           │   │                      pendingExecs[c1] = 1
	//           │   │                      exitSubscribers[start c1/e1] = true
	//   17      │   ●      start c1/e1   container.Start: c.Process(c1/e1)                    container.go:355
	//   18      │   ●      start c1/e1   p.Start: p.mu.Lock(); runc exec                      container.go:359
	//           │   │                      processes[c1/e1].mu = start c1/e1
	//   19      ●   │      runc          runc forks c1/e1 as pid 101
	//               │                      kernel[c1/e1].status = alive
	//               │                      kernel[c1/e1].pid = 101
	//   20          ●      start c1/e1   container.Start returns                              service.go:312
	//               │                      processes[c1/e1].state = running
	//               │                      processes[c1/e1].pid = 101
	//               │                      processes[c1/e1].mu = nil
	//   21          ●      start c1/e1   s.send(&TaskExecStarted)                             service.go:348
	//               │                      ▶ TaskExecStarted c1/e1 pid 101
	//   22          ●      start c1/e1   handleStarted: s.running[101] takes it               service.go:169-234
	//               │                      running[101] = [c1/e1]
	//               │                      pendingExecs[c1] = 0
	//               │                      exitSubscribers[start c1/e1] = false
	//   23          ●      start c1/e1   return                                               service.go:355
	//   24            ●    kernel        c1 dies
	//                 │                    kernel[c1].status = zombie
	//   25            ●    kernel        wait4 reaps c1, s.ec takes its exit
	//                 │                    kernel[c1].status = reaped
	//                 │                    ec = [exit of pid 100]
	//   26            │ ●  processExits  e := <-s.ec, pid 100; s.running[100] has c1          service.go:661-695
	//                 │ │                  ec = []
	//                 │ │                  running[100] = []
	//                 │ │                  processExits.e = exit of pid 100
	//                 │ │                  processExits.cps = [c1]
	//   27            │ ●  processExits  handleProcessExit: ip.KillAll                        service.go:709-717
	//                 │ │                  kernel[c1/e1].status = zombie
	//   28            ● │  kernel        wait4 reaps c1/e1, s.ec takes its exit
	//                   │                  kernel[c1/e1].status = reaped
	//                   │                  ec = [exit of pid 101]
	//   29              ●  processExits  handleProcessExit: p.SetExited                       service.go:719
	//                   │                  processes[c1].state = stopped
	//                   │                  processes[c1].waitBlock = closed
	//   30              ●  processExits  handleProcessExit: s.send(&TaskExit)                 service.go:720-726
	//                   │                  processExits.e = nil
	//                   │                  processExits.cps = []
	//                   │                  ▶ TaskExit c1 pid 100
	//   31              ●  processExits  e := <-s.ec, pid 101; s.running[101] has c1/e1       service.go:661-695
	//                   │                  ec = []
	//                   │                  running[101] = []
	//                   │                  processExits.e = exit of pid 101
	//                   │                  processExits.cps = [c1/e1]
	//   32              ●  processExits  handleProcessExit: p.SetExited                       service.go:719
	//                   │                  processes[c1/e1].state = stopped
	//                   │                  processes[c1/e1].waitBlock = closed
	//   33              ●  processExits  handleProcessExit: s.send(&TaskExit)                 service.go:720-726
	//                                      processExits.e = nil
	//                                      processExits.cps = []
	//                                      ▶ TaskExit c1/e1 pid 101
	//
	//   events: TaskCreate c1 pid 100, TaskExecAdded c1/e1, TaskExecStarted c1/e1 pid 101, TaskExit c1 pid 100, TaskExit c1/e1 pid 101
	//   breaks 'an init's exit is the last of its container' (c1/e1) after step 33
	//   replay: npx shim-spec replay pending-execs --containers 1 --execs 1 --with shared-pid-namespace,exec-on-created --choices 0,0,0,0,0,1,1,1,1,2,2,2,2,1,2,2,2,2,1,1,3,3,3,1,1,2,2,1,1,1,1,1,1

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, true)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1")
	r.rest()
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"an init's exit is the last of its container", "a container's init process exit is published after the exits of its execs"},
	})
}

// NoExitIsLostC12PendingExecs asks of a shim: no exit is lost (c1).
//
// shim-spec found the interleaving in its revision pending-execs: init's exit waits for execs that are starting.
func (s *RaceSuite) testNoExitIsLostC12PendingExecs(t *testing.T) {
	//    1  ●                    client        calls Create(c1)
	//    2  │ ●                  create c1     s.mu.Lock()                                          service.go:249
	//       │ │                                  mu = create c1
	//    3  │ ●                  create c1     s.preStart(nil); runc.NewContainer runs runc create  service.go:252-257
	//       │ │                                  exitSubscribers[create c1] = true
	//    4  │ │ ●                runc          runc forks c1 as pid 100
	//       │ │ │                                kernel[c1].status = alive
	//       │ │ │                                kernel[c1].pid = 100
	//    5  │ ● │                create c1     runc.NewContainer returns                            service.go:257
	//       │ │ │                                processes[c1].state = created
	//       │ │ │                                processes[c1].pid = 100
	//    6  │ ● │                create c1     s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:262-264
	//       │ │ │                                containers[c1] = true
	//       │ │ │                                ▶ TaskCreate c1 pid 100
	//    7  │ ● │                create c1     handleStarted: s.running[100] takes it               service.go:169-234
	//       │ │ │                                running[100] = [c1]
	//       │ │ │                                exitSubscribers[create c1] = false
	//    8  │ ● │                create c1     return; s.mu.Unlock()                                service.go:284
	//       │   │                                mu = nil
	//    9  ●   │                client        calls Start(c1)
	//   10  │   │ ●              start c1      s.getContainer(c1)                                   service.go:296
	//   11  │   │ ●              start c1      s.preStart(container)                                service.go:302-309
	//       │   │ │                              running[100] = []
	//       │   │ │                              exitSubscribers[start c1] = true
	//   12  │   │ ●              start c1      container.Start: c.Process(c1)                       container.go:355
	//   13  │   │ ●              start c1      p.Start: p.mu.Lock(); runc start                     container.go:359
	//       │   │ │                              processes[c1].mu = start c1
	//   14  │   ● │              runc          runc start lets c1 go on
	//   15  │     ●              start c1      container.Start returns                              service.go:312
	//       │     │                              processes[c1].state = running
	//       │     │                              processes[c1].mu = nil
	//   16  │     ●              start c1      s.send(&TaskStart)                                   service.go:343
	//       │     │                              ▶ TaskStart c1 pid 100
	//   17  │     ●              start c1      handleStarted: s.running[100] takes it               service.go:169-234
	//       │     │                              running[100] = [c1]
	//       │     │                              exitSubscribers[start c1] = false
	//   18  │     ●              start c1      return                                               service.go:355
	//   19  ●                    client        calls Exec(c1/e1)
	//   20  │       ●            exec c1/e1    s.getContainer(c1)                                   service.go:391
	//   21  │       ●            exec c1/e1    container.Exec                                       service.go:395-399
	//       │       │                            processes[c1/e1].state = created
	//   22  │       ●            exec c1/e1    s.send(&TaskExecAdded)                               service.go:405
	//       │       │                            ▶ TaskExecAdded c1/e1
	//   23  │       ●            exec c1/e1    return                                               service.go:409
	//   24  ●                    client        calls Start(c1/e1)
	//   25  │         ●          start c1/e1   s.getContainer(c1)                                   service.go:296
	//   26  │         ●          start c1/e1   s.preStart(nil)                                      service.go:302-309
	//       │         │                          pendingExecs[c1] = 1
	//       │         │                          exitSubscribers[start c1/e1] = true
	//   27  │         ●          start c1/e1   container.Start: c.Process(c1/e1)                    container.go:355
	//   28  │         ●          start c1/e1   p.Start: p.mu.Lock(); runc exec                      container.go:359
	//       │         │                          processes[c1/e1].mu = start c1/e1
	//   29  ●         │          client        calls Exec(c1/e2)
	//   30  │         │ ●        exec c1/e2    s.getContainer(c1)                                   service.go:391
	//   31  │         │ ●        exec c1/e2    container.Exec                                       service.go:395-399
	//       │         │ │                        processes[c1/e2].state = created
	//   32  │         │ ●        exec c1/e2    s.send(&TaskExecAdded)                               service.go:405
	//       │         │ │                        ▶ TaskExecAdded c1/e2
	//   33  │         │ ●        exec c1/e2    return                                               service.go:409
	//   34  │         │   ●      kernel        c1 dies
	//       │         │   │                      kernel[c1].status = zombie
	//   35  │         │   ●      kernel        wait4 reaps c1, s.ec takes its exit
	//       │         │                          kernel[c1].status = reaped
	//       │         │                          ec = [exit of pid 100]
	//   36  │         │     ●    processExits  e := <-s.ec, pid 100; s.running[100] has c1          service.go:661-695
	//       │         │                          ec = []
	//       │         │                          exits[start c1/e1][100] = [exit of pid 100]
	//   37  ●         │          client        calls Start(c1/e2)
	//   38            │       ●  start c1/e2   s.getContainer(c1)                                   service.go:296
	//   39            │       ●  start c1/e2   s.preStart(nil)                                      service.go:302-309
	//                 │       │                  pendingExecs[c1] = 2
	//                 │       │                  exitSubscribers[start c1/e2] = true
	//   40            │       ●  start c1/e2   container.Start: c.Process(c1/e2)                    container.go:355
	//   41            │       ●  start c1/e2   p.Start: p.mu.Lock(); runc exec                      container.go:359
	//                 │       │                  processes[c1/e2].mu = start c1/e2
	//   42            ●       │  start c1/e1   container.Start returns an error                     service.go:312
	//                 │       │                  calls[start c1/e1].err = true
	//                 │       │                  processes[c1/e1].mu = nil
	//                 │       │                  processes[c1/e1].waitBlock = closed
	//   43            ●       │  start c1/e1   handleStarted: nothing to do                         service.go:169-234
	//                 │       │                  pendingExecs[c1] = 1
	//                 │       │                  exitSubscribers[start c1/e1] = false
	//                 │       │                  exits[start c1/e1][100] = []
	//   44            ●       │  start c1/e1   return                                               service.go:355
	//                         │                  calls[start c1/e1].err = false
	//   45                    ●  start c1/e2   container.Start returns an error                     service.go:312
	//                         │                  calls[start c1/e2].err = true
	//                         │                  processes[c1/e2].mu = nil
	//                         │                  processes[c1/e2].waitBlock = closed
	//   46                    ●  start c1/e2   handleStarted: nothing to do                         service.go:169-234
	//                         │                  pendingExecs[c1] = 0
	//                         │                  exitSubscribers[start c1/e2] = false
	//   47                    ●  start c1/e2   return                                               service.go:355
	//                                            calls[start c1/e2].err = false
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1, TaskExecAdded c1/e2
	//   breaks 'no exit is lost' (c1) after step 47
	//   breaks 'running holds no dead process' (100) after step 47
	//   replay: npx shim-spec replay pending-execs --containers 1 --execs 2 --with none --choices 0,0,0,0,0,1,1,1,0,1,1,1,1,0,0,1,1,1,0,2,2,2,2,0,2,2,2,2,0,2,2,2,2,2,2,2,0,1,1,1,1,0,1,1,0,0,0

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.send("exec c1/e2")
	r.rest()
	r.kill("c1")
	r.rest()
	r.send("start c1/e2")
	r.rest()
	r.pass("exec-c1-e1", "before", "go", "start c1/e1")
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.pass("exec-c1-e2", "before", "go", "start c1/e2")
	r.pass("exec-c1-e2", "after", "go", "start c1/e2")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"no exit is lost", "a shim MUST implement the following events: TaskExitEventTopic, when a task exits expected or unexpected"},
	})
}

// NoExitIsLostC1E1PendingExecs asks of a shim: no exit is lost (c1/e1).
//
// shim-spec found the interleaving in its revision pending-execs: init's exit waits for execs that are starting.
func (s *RaceSuite) testNoExitIsLostC1E1PendingExecs(t *testing.T) {
	//    1  ●                    client        calls Create(c1)
	//    2  │ ●                  create c1     s.mu.Lock()                                          service.go:249
	//       │ │                                  mu = create c1
	//    3  │ ●                  create c1     s.preStart(nil); runc.NewContainer runs runc create  service.go:252-257
	//       │ │                                  exitSubscribers[create c1] = true
	//    4  │ │ ●                runc          runc forks c1 as pid 100
	//       │ │ │                                kernel[c1].status = alive
	//       │ │ │                                kernel[c1].pid = 100
	//    5  │ ● │                create c1     runc.NewContainer returns                            service.go:257
	//       │ │ │                                processes[c1].state = created
	//       │ │ │                                processes[c1].pid = 100
	//    6  │ ● │                create c1     s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:262-264
	//       │ │ │                                containers[c1] = true
	//       │ │ │                                ▶ TaskCreate c1 pid 100
	//    7  │ ● │                create c1     handleStarted: s.running[100] takes it               service.go:169-234
	//       │ │ │                                running[100] = [c1]
	//       │ │ │                                exitSubscribers[create c1] = false
	//    8  │ ● │                create c1     return; s.mu.Unlock()                                service.go:284
	//       │   │                                mu = nil
	//    9  ●   │                client        calls Start(c1)
	//   10  │   │ ●              start c1      s.getContainer(c1)                                   service.go:296
	//   11  │   │ ●              start c1      s.preStart(container)                                service.go:302-309
	//       │   │ │                              running[100] = []
	//       │   │ │                              exitSubscribers[start c1] = true
	//   12  │   │ ●              start c1      container.Start: c.Process(c1)                       container.go:355
	//   13  │   │ ●              start c1      p.Start: p.mu.Lock(); runc start                     container.go:359
	//       │   │ │                              processes[c1].mu = start c1
	//   14  │   ● │              runc          runc start lets c1 go on
	//   15  │   │ ●              start c1      container.Start returns                              service.go:312
	//       │   │ │                              processes[c1].state = running
	//       │   │ │                              processes[c1].mu = nil
	//   16  │   │ ●              start c1      s.send(&TaskStart)                                   service.go:343
	//       │   │ │                              ▶ TaskStart c1 pid 100
	//   17  │   │ ●              start c1      handleStarted: s.running[100] takes it               service.go:169-234
	//       │   │ │                              running[100] = [c1]
	//       │   │ │                              exitSubscribers[start c1] = false
	//   18  │   │ ●              start c1      return                                               service.go:355
	//   19  ●   │                client        calls Exec(c1/e1)
	//   20  │   │   ●            exec c1/e1    s.getContainer(c1)                                   service.go:391
	//   21  │   │   ●            exec c1/e1    container.Exec                                       service.go:395-399
	//       │   │   │                            processes[c1/e1].state = created
	//   22  │   │   ●            exec c1/e1    s.send(&TaskExecAdded)                               service.go:405
	//       │   │   │                            ▶ TaskExecAdded c1/e1
	//   23  │   │   ●            exec c1/e1    return                                               service.go:409
	//   24  ●   │                client        calls Start(c1/e1)
	//   25  │   │     ●          start c1/e1   s.getContainer(c1)                                   service.go:296
	//   26  │   │     ●          start c1/e1   s.preStart(nil)                                      service.go:302-309
	//       │   │     │                          pendingExecs[c1] = 1
	//       │   │     │                          exitSubscribers[start c1/e1] = true
	//   27  │   │     ●          start c1/e1   container.Start: c.Process(c1/e1)                    container.go:355
	//   28  │   │     ●          start c1/e1   p.Start: p.mu.Lock(); runc exec                      container.go:359
	//       │   │     │                          processes[c1/e1].mu = start c1/e1
	//   29  ●   │     │          client        calls Exec(c1/e2)
	//   30  │   │     │ ●        exec c1/e2    s.getContainer(c1)                                   service.go:391
	//   31  │   │     │ ●        exec c1/e2    container.Exec                                       service.go:395-399
	//       │   │     │ │                        processes[c1/e2].state = created
	//   32  │   │     │ ●        exec c1/e2    s.send(&TaskExecAdded)                               service.go:405
	//       │   │     │ │                        ▶ TaskExecAdded c1/e2
	//   33  │   │     │ ●        exec c1/e2    return                                               service.go:409
	//   34  ●   │     │          client        calls Start(c1/e2)
	//   35      │     │   ●      start c1/e2   s.getContainer(c1)                                   service.go:296
	//   36      │     │   ●      start c1/e2   s.preStart(nil)                                      service.go:302-309
	//           │     │   │                      pendingExecs[c1] = 2
	//           │     │   │                      exitSubscribers[start c1/e2] = true
	//   37      │     │   ●      start c1/e2   container.Start: c.Process(c1/e2)                    container.go:355
	//   38      │     │   ●      start c1/e2   p.Start: p.mu.Lock(); runc exec                      container.go:359
	//           │     │   │                      processes[c1/e2].mu = start c1/e2
	//   39      ●     │   │      runc          runc forks c1/e1 as pid 101
	//           │     │   │                      kernel[c1/e1].status = alive
	//           │     │   │                      kernel[c1/e1].pid = 101
	//   40      ●     │   │      runc          runc forks c1/e2 as pid 102
	//                 │   │                      kernel[c1/e2].status = alive
	//                 │   │                      kernel[c1/e2].pid = 102
	//   41            ●   │      start c1/e1   container.Start returns                              service.go:312
	//                 │   │                      processes[c1/e1].state = running
	//                 │   │                      processes[c1/e1].pid = 101
	//                 │   │                      processes[c1/e1].mu = nil
	//   42            ●   │      start c1/e1   s.send(&TaskExecStarted)                             service.go:348
	//                 │   │                      ▶ TaskExecStarted c1/e1 pid 101
	//   43            ●   │      start c1/e1   handleStarted: s.running[101] takes it               service.go:169-234
	//                 │   │                      running[101] = [c1/e1]
	//                 │   │                      pendingExecs[c1] = 1
	//                 │   │                      exitSubscribers[start c1/e1] = false
	//   44            ●   │      start c1/e1   return                                               service.go:355
	//   45                │ ●    kernel        c1/e1 dies
	//                     │ │                    kernel[c1/e1].status = zombie
	//   46                │ ●    kernel        wait4 reaps c1/e1, s.ec takes its exit
	//                     │                      kernel[c1/e1].status = reaped
	//                     │                      ec = [exit of pid 101]
	//   47                │   ●  processExits  e := <-s.ec, pid 101; s.running[101] has c1/e1       service.go:661-695
	//                     │                      ec = []
	//                     │                      exits[start c1/e2][101] = [exit of pid 101]
	//   48                ●      start c1/e2   container.Start returns                              service.go:312
	//                     │                      processes[c1/e2].state = running
	//                     │                      processes[c1/e2].pid = 102
	//                     │                      processes[c1/e2].mu = nil
	//   49                ●      start c1/e2   s.send(&TaskExecStarted)                             service.go:348
	//                     │                      ▶ TaskExecStarted c1/e2 pid 102
	//   50                ●      start c1/e2   handleStarted: s.running[102] takes it               service.go:169-234
	//                     │                      running[102] = [c1/e2]
	//                     │                      pendingExecs[c1] = 0
	//                     │                      exitSubscribers[start c1/e2] = false
	//                     │                      exits[start c1/e2][101] = []
	//   51                ●      start c1/e2   return                                               service.go:355
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1, TaskExecAdded c1/e2, TaskExecStarted c1/e1 pid 101, TaskExecStarted c1/e2 pid 102
	//   breaks 'no exit is lost' (c1/e1) after step 51
	//   breaks 'running holds no dead process' (101) after step 51
	//   replay: npx shim-spec replay pending-execs --containers 1 --execs 2 --with none --choices 0,0,0,0,0,1,1,1,0,1,1,1,1,0,0,1,1,1,0,2,2,2,2,0,2,2,2,2,0,2,2,2,2,0,2,2,2,2,0,0,0,4,4,4,2,2,3,0,2,2,2

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.send("exec c1/e2")
	r.rest()
	r.send("start c1/e2")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1")
	r.rest()
	r.work("exec-c1-e2", "start c1/e2")
	r.rest()
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.kill("c1/e1")
	r.rest()
	r.pass("exec-c1-e2", "after", "go", "start c1/e2")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"no exit is lost", "a shim MUST implement the following events: TaskExitEventTopic, when a task exits expected or unexpected"},
	})
}

// NoOrphanAfterAnInitsExitC1E1SharedPidNamespaceRunningExecs asks of a shim: no orphan after an init's exit (c1/e1).
//
// shim-spec found the interleaving in its revision running-execs: an init's exit waits for every exec.
func (s *RaceSuite) testNoOrphanAfterAnInitsExitC1E1SharedPidNamespaceRunningExecs(t *testing.T) {
	//    1  ●                client        calls Create(c1)
	//    2  │ ●              create c1     s.mu.Lock()                                          service.go:221
	//       │ │                              mu = create c1
	//    3  │ ●              create c1     s.preStart(nil); runc.NewContainer runs runc create  service.go:224-229
	//       │ │                              exitSubscribers[create c1] = true
	//    4  │ │ ●            runc          runc forks c1 as pid 100
	//       │ │ │                            kernel[c1].status = alive
	//       │ │ │                            kernel[c1].pid = 100
	//    5  │ ● │            create c1     runc.NewContainer returns                            service.go:229
	//       │ │ │                            processes[c1].state = created
	//       │ │ │                            processes[c1].pid = 100
	//    6  │ ● │            create c1     s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:234-236
	//       │ │ │                            containers[c1] = true
	//       │ │ │                            ▶ TaskCreate c1 pid 100
	//    7  │ ● │            create c1     handleStarted: s.running[100] takes it               service.go:182-206
	//       │ │ │                            running[100] = [c1]
	//       │ │ │                            exitSubscribers[create c1] = false
	//    8  │ ● │            create c1     return; s.mu.Unlock()                                service.go:256
	//       │   │                            mu = nil
	//    9  ●   │            client        calls Exec(c1/e1)
	//   10  │   │ ●          exec c1/e1    s.getContainer(c1)                                   service.go:378
	//   11  │   │ ●          exec c1/e1    container.Exec                                       service.go:382-386
	//       │   │ │                          processes[c1/e1].state = created
	//   12  │   │ ●          exec c1/e1    s.send(&TaskExecAdded)                               service.go:392
	//       │   │ │                          ▶ TaskExecAdded c1/e1
	//   13  │   │ ●          exec c1/e1    return                                               service.go:396
	//   14  ●   │            client        calls Start(c1)
	//   15  │   │   ●        start c1      s.getContainer(c1)                                   service.go:268
	//   16  │   │   ●        start c1      s.preStart(container)                                service.go:274-285
	//       │   │   │                        running[100] = []
	//       │   │   │                        exitSubscribers[start c1] = true
	//   17  │   │   ●        start c1      container.Start: c.Process(c1)                       container.go:355
	//   18  │   │   ●        start c1      p.Start: p.mu.Lock(); runc start                     container.go:359
	//       │   │   │                        processes[c1].mu = start c1
	//   19  ●   │   │        client        calls Start(c1/e1)
	//   20      │   │ ●      start c1/e1   s.getContainer(c1)                                   service.go:268
	//   21      │   │ ●      start c1/e1   s.preStart(nil)                                      service.go:274-285
	//           │   │ │                      runningExecs[c1] = 1
	//           │   │ │                      exitSubscribers[start c1/e1] = true
	//   22      │   │ ●      start c1/e1   container.Start: c.Process(c1/e1)                    container.go:355
	//   23      │   │ ●      start c1/e1   p.Start: p.mu.Lock(); runc exec                      container.go:359
	//           │   │                        processes[c1/e1].mu = start c1/e1
	//   24      ●   │        runc          runc forks c1/e1 as pid 101
	//               │                        kernel[c1/e1].status = alive
	//               │                        kernel[c1/e1].pid = 101
	//   25          │   ●    kernel        c1 dies
	//               │   │                    kernel[c1].status = zombie
	//   26          │   ●    kernel        wait4 reaps c1, s.ec takes its exit
	//               │                        kernel[c1].status = reaped
	//               │                        ec = [exit of pid 100]
	//   27          │     ●  processExits  e := <-s.ec, pid 100; s.running[100] has nothing     service.go:648-674
	//               │                        ec = []
	//               │                        exits[start c1][100] = [exit of pid 100]
	//               │                        exits[start c1/e1][100] = [exit of pid 100]
	//   28          ●        start c1      container.Start returns an error                     service.go:288
	//               │                        calls[start c1].err = true
	//               │                        processes[c1].mu = nil
	//   29          ●        start c1      handleStarted: exits[100] has its exit               service.go:182-206
	//               │                        calls[start c1].todo = [{"process":"c1","e":{"pid":100,"of":"c1"}}]
	//               │                        exitSubscribers[start c1] = false
	//               │                        exits[start c1][100] = []
	//   30          ●        start c1      handleProcessExit: p.SetExited                       service.go:744
	//               │                        processes[c1].state = stopped
	//               │                        processes[c1].waitBlock = closed
	//   31          ●        start c1      handleProcessExit: s.send(&TaskExit)                 service.go:745-751
	//               │                        calls[start c1].todo = []
	//               │                        ▶ TaskExit c1 pid 100
	//   32          ●        start c1      return                                               service.go:342
	//                                        calls[start c1].err = false
	//
	//   events: TaskCreate c1 pid 100, TaskExecAdded c1/e1, TaskExit c1 pid 100
	//   breaks 'no orphan after an init's exit' (c1/e1) after step 31
	//   replay: npx shim-spec replay running-execs --containers 1 --execs 1 --with shared-pid-namespace,exec-on-created --choices 0,0,0,0,0,1,1,1,1,2,2,2,2,0,2,2,2,2,0,2,2,2,2,0,2,2,3,0,2,2,2,2

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, true)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.pass("start-c1", "before", "go", "start c1")
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"no orphan after an init's exit", "Ensure all children are killed"},
	})
}

// AnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespaceRunningExecs asks of a shim: an init's exit is the last of its container (c1/e1).
//
// shim-spec found the interleaving in its revision running-execs: an init's exit waits for every exec.
func (s *RaceSuite) testAnInitsExitIsTheLastOfItsContainerC1E1SharedPidNamespaceRunningExecs(t *testing.T) {
	//    1  ●                client        calls Create(c1)
	//    2  │ ●              create c1     s.mu.Lock()                                          service.go:221
	//       │ │                              mu = create c1
	//    3  │ ●              create c1     s.preStart(nil); runc.NewContainer runs runc create  service.go:224-229
	//       │ │                              exitSubscribers[create c1] = true
	//    4  │ │ ●            runc          runc forks c1 as pid 100
	//       │ │ │                            kernel[c1].status = alive
	//       │ │ │                            kernel[c1].pid = 100
	//    5  │ ● │            create c1     runc.NewContainer returns                            service.go:229
	//       │ │ │                            processes[c1].state = created
	//       │ │ │                            processes[c1].pid = 100
	//    6  │ ● │            create c1     s.containers[r.ID] = container; s.send(&TaskCreate)  service.go:234-236
	//       │ │ │                            containers[c1] = true
	//       │ │ │                            ▶ TaskCreate c1 pid 100
	//    7  │ ● │            create c1     handleStarted: s.running[100] takes it               service.go:182-206
	//       │ │ │                            running[100] = [c1]
	//       │ │ │                            exitSubscribers[create c1] = false
	//    8  │ ● │            create c1     return; s.mu.Unlock()                                service.go:256
	//       │   │                            mu = nil
	//    9  ●   │            client        calls Exec(c1/e1)
	//   10  │   │ ●          exec c1/e1    s.getContainer(c1)                                   service.go:378
	//   11  │   │ ●          exec c1/e1    container.Exec                                       service.go:382-386
	//       │   │ │                          processes[c1/e1].state = created
	//   12  │   │ ●          exec c1/e1    s.send(&TaskExecAdded)                               service.go:392
	//       │   │ │                          ▶ TaskExecAdded c1/e1
	//   13  │   │ ●          exec c1/e1    return                                               service.go:396
	//   14  ●   │            client        calls Start(c1)
	//   15  │   │   ●        start c1      s.getContainer(c1)                                   service.go:268
	//   16  │   │   ●        start c1      s.preStart(container)                                service.go:274-285
	//       │   │   │                        running[100] = []
	//       │   │   │                        exitSubscribers[start c1] = true
	//   17  │   │   ●        start c1      container.Start: c.Process(c1)                       container.go:355
	//   18  │   │   ●        start c1      p.Start: p.mu.Lock(); runc start                     container.go:359
	//       │   │   │                        processes[c1].mu = start c1
	//   19  ●   │   │        client        calls Start(c1/e1)
	//   20      │   │ ●      start c1/e1   s.getContainer(c1)                                   service.go:268
	//   21      │   │ ●      start c1/e1   s.preStart(nil)                                      service.go:274-285
	//           │   │ │                      runningExecs[c1] = 1
	//           │   │ │                      exitSubscribers[start c1/e1] = true
	//   22      │   │ ●      start c1/e1   container.Start: c.Process(c1/e1)                    container.go:355
	//   23      │   │ ●      start c1/e1   p.Start: p.mu.Lock(); runc exec                      container.go:359
	//           │   │ │                      processes[c1/e1].mu = start c1/e1
	//   24      ●   │ │      runc          runc forks c1/e1 as pid 101
	//               │ │                      kernel[c1/e1].status = alive
	//               │ │                      kernel[c1/e1].pid = 101
	//   25          │ │ ●    kernel        c1 dies
	//               │ │ │                    kernel[c1].status = zombie
	//   26          │ │ ●    kernel        wait4 reaps c1, s.ec takes its exit
	//               │ │                      kernel[c1].status = reaped
	//               │ │                      ec = [exit of pid 100]
	//   27          │ │   ●  processExits  e := <-s.ec, pid 100; s.running[100] has nothing     service.go:648-674
	//               │ │                      ec = []
	//               │ │                      exits[start c1][100] = [exit of pid 100]
	//               │ │                      exits[start c1/e1][100] = [exit of pid 100]
	//   28          ● │      start c1      container.Start returns an error                     service.go:288
	//               │ │                      calls[start c1].err = true
	//               │ │                      processes[c1].mu = nil
	//   29          ● │      start c1      handleStarted: exits[100] has its exit               service.go:182-206
	//               │ │                      calls[start c1].todo = [{"process":"c1","e":{"pid":100,"of":"c1"}}]
	//               │ │                      exitSubscribers[start c1] = false
	//               │ │                      exits[start c1][100] = []
	//   30          ● │      start c1      handleProcessExit: p.SetExited                       service.go:744
	//               │ │                      processes[c1].state = stopped
	//               │ │                      processes[c1].waitBlock = closed
	//   31          ● │      start c1      handleProcessExit: s.send(&TaskExit)                 service.go:745-751
	//               │ │                      calls[start c1].todo = []
	//               │ │                      ▶ TaskExit c1 pid 100
	//   32          ● │      start c1      return                                               service.go:342
	//                 │                      calls[start c1].err = false
	//   33            ●      start c1/e1   container.Start returns                              service.go:288
	//                 │                      processes[c1/e1].state = running
	//                 │                      processes[c1/e1].pid = 101
	//                 │                      processes[c1/e1].mu = nil
	//   34            ●      start c1/e1   s.send(&TaskExecStarted)                             service.go:335
	//                 │                      ▶ TaskExecStarted c1/e1 pid 101
	//   35            ●      start c1/e1   handleStarted: s.running[101] takes it               service.go:182-206
	//                 │                      running[101] = [c1/e1]
	//                 │                      exitSubscribers[start c1/e1] = false
	//                 │                      exits[start c1/e1][100] = []
	//   36            ●      start c1/e1   return                                               service.go:342
	//
	//   events: TaskCreate c1 pid 100, TaskExecAdded c1/e1, TaskExit c1 pid 100, TaskExecStarted c1/e1 pid 101
	//   breaks 'no orphan after an init's exit' (c1/e1) after step 31
	//   breaks 'an init's exit is the last of its container' (c1/e1) after step 34
	//   replay: npx shim-spec replay running-execs --containers 1 --execs 1 --with shared-pid-namespace,exec-on-created --choices 0,0,0,0,0,1,1,1,1,2,2,2,2,0,2,2,2,2,0,2,2,2,2,0,2,2,3,0,2,2,2,2,0,1,1,1

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, true)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.pass("start-c1", "before", "go", "start c1")
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"an init's exit is the last of its container", "a container's init process exit is published after the exits of its execs"},
	})
}

// ShutdownLeavesNoProcessBehindCreateC1Main asks of a shim: Shutdown leaves no process behind (create c1).
//
// shim-spec found the interleaving in its revision main: the service lock not held across runc create.
func (s *RaceSuite) testShutdownLeavesNoProcessBehindCreateC1Main(t *testing.T) {
	//    1  ●        client         calls Create(c1)
	//    2  │ ●      create c1      s.preStart(nil); runc.NewContainer runs runc create  service.go:224-229
	//       │                         exitSubscribers[create c1] = true
	//    3  │   ●    runc           runc forks c1 as pid 100
	//       │                         kernel[c1].status = alive
	//       │                         kernel[c1].pid = 100
	//    4  ●        client         calls Shutdown(shim)
	//    5        ●  shutdown shim  s.shutdown.Shutdown(): the shim ends                 service.go:609-619
	//                                 exitSubscribers[create c1] = false
	//
	//   events: none
	//   breaks 'Shutdown leaves no process behind' (create c1) after step 5
	//   replay: npx shim-spec replay main --containers 1 --execs 0 --with delete,shutdown --choices 0,1,1,0,2

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.send("shutdown shim")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"Shutdown leaves no process behind", "return out if the shim is still servicing containers (runc dies with the shim, what it has made does not)"},
	})
}

// Finding13NoExecIsCountedOutTwiceC1 asks of a shim: no exec is counted out twice (c1).
//
// shim-spec found the interleaving in its revision main: the service lock not held across runc create.
func (s *RaceSuite) testFinding13NoExecIsCountedOutTwiceC1(t *testing.T) {
	//    1  ●                  client             calls Create(c1)
	//    2  │ ●                create c1          s.preStart(nil); runc.NewContainer runs runc create         service.go:224-229
	//       │ │                                     exitSubscribers[create c1] = true
	//    3  │ │ ●              runc               runc forks c1 as pid 100
	//       │ │ │                                   kernel[c1].status = alive
	//       │ │ │                                   kernel[c1].pid = 100
	//    4  │ ● │              create c1          runc.NewContainer returns                                   service.go:229
	//       │ │ │                                   processes[c1].state = created
	//       │ │ │                                   processes[c1].pid = 100
	//    5  │ ● │              create c1          s.mu.Lock(); s.containers[r.ID] = container; s.mu.Unlock()  service.go:234-236
	//       │ │ │                                   containers[c1] = true
	//    6  │ ● │              create c1          s.send(&TaskCreate)                                         service.go:238
	//       │ │ │                                   ▶ TaskCreate c1 pid 100
	//    7  │ ● │              create c1          handleStarted: s.running[100] takes it                      service.go:185-209
	//       │ │ │                                   running[100] = [c1]
	//       │ │ │                                   exitSubscribers[create c1] = false
	//    8  │ ● │              create c1          return                                                      service.go:285
	//    9  ●   │              client             calls Start(c1)
	//   10  │   │ ●            start c1           s.getContainer(c1)                                          service.go:297
	//   11  │   │ ●            start c1           s.preStart(container)                                       service.go:303-314
	//       │   │ │                                 running[100] = []
	//       │   │ │                                 exitSubscribers[start c1] = true
	//   12  │   │ ●            start c1           container.Start: c.Process(c1)                              container.go:347
	//   13  │   │ ●            start c1           p.Start: p.mu.Lock(); runc start                            container.go:351
	//       │   │ │                                 processes[c1].mu = start c1
	//   14  │   ● │            runc               runc start lets c1 go on
	//   15  │   │ ●            start c1           container.Start returns                                     service.go:317
	//       │   │ │                                 processes[c1].state = running
	//       │   │ │                                 processes[c1].mu = nil
	//   16  │   │ ●            start c1           s.send(&TaskStart)                                          service.go:336
	//       │   │ │                                 ▶ TaskStart c1 pid 100
	//   17  │   │ ●            start c1           handleStarted: s.running[100] takes it                      service.go:185-209
	//       │   │ │                                 running[100] = [c1]
	//       │   │ │                                 exitSubscribers[start c1] = false
	//   18  │   │ ●            start c1           return                                                      service.go:348
	//   19  ●   │              client             calls Exec(c1/e1)
	//   20  │   │   ●          exec c1/e1         s.getContainer(c1)                                          service.go:387
	//   21  │   │   ●          exec c1/e1         container.Exec                                              service.go:391-395
	//       │   │   │                               processes[c1/e1].state = created
	//   22  │   │   ●          exec c1/e1         s.send(&TaskExecAdded)                                      service.go:401
	//       │   │   │                               ▶ TaskExecAdded c1/e1
	//   23  │   │   ●          exec c1/e1         return                                                      service.go:405
	//   24  ●   │              client             calls Start(c1/e1)
	//   25  │   │     ●        start c1/e1        s.getContainer(c1)                                          service.go:297
	//   26  │   │     ●        start c1/e1        s.preStart(nil)                                             service.go:303-314
	//       │   │     │                             runningExecs[c1] = 1
	//       │   │     │                             exitSubscribers[start c1/e1] = true
	//   27  │   │     ●        start c1/e1        container.Start: c.Process(c1/e1)                           container.go:347
	//   28  │   │     ●        start c1/e1        p.Start: p.mu.Lock(); runc exec                             container.go:351
	//       │   │     │                             processes[c1/e1].mu = start c1/e1
	//   29  ●   │     │        client             calls Start(c1/e1) again
	//   30      │     │ ●      start c1/e1 again  s.getContainer(c1)                                          service.go:297
	//   31      │     │ ●      start c1/e1 again  s.preStart(nil)                                             service.go:303-314
	//           │     │ │                           runningExecs[c1] = 2
	//           │     │ │                           exitSubscribers[start c1/e1 again] = true
	//   32      │     │ ●      start c1/e1 again  container.Start: c.Process(c1/e1)                           container.go:347
	//   33      ●     │ │      runc               runc forks c1/e1 as pid 101
	//                 │ │                           kernel[c1/e1].status = alive
	//                 │ │                           kernel[c1/e1].pid = 101
	//   34            ● │      start c1/e1        container.Start returns                                     service.go:317
	//                 │ │                           processes[c1/e1].state = running
	//                 │ │                           processes[c1/e1].pid = 101
	//                 │ │                           processes[c1/e1].mu = nil
	//   35            ● │      start c1/e1        s.send(&TaskExecStarted)                                    service.go:341
	//                 │ │                           ▶ TaskExecStarted c1/e1 pid 101
	//   36            ● │      start c1/e1        handleStarted: s.running[101] takes it                      service.go:185-209
	//                   │                           running[101] = [c1/e1]
	//                   │                           exitSubscribers[start c1/e1] = false
	//   37              ●      start c1/e1 again  p.Start: cannot start a running process                     container.go:351
	//                   │                           calls[start c1/e1 again].err = true
	//   38              ●      start c1/e1 again  s.runningExecs[container]--                                 service.go:323-328
	//                   │                           runningExecs[c1] = 1
	//   39              ●      start c1/e1 again  handleStarted: s.running[101] takes it                      service.go:185-209
	//                                               running[101] = [c1/e1, c1/e1]
	//                                               exitSubscribers[start c1/e1 again] = false
	//   40                ●    kernel             c1 dies
	//                     │                         kernel[c1].status = zombie
	//                     │                         kernel[c1/e1].status = zombie
	//   41                ●    kernel             wait4 reaps c1/e1, s.ec takes its exit
	//                                               kernel[c1/e1].status = reaped
	//                                               ec = [exit of pid 101]
	//   42                  ●  processExits       e := <-s.ec, pid 101; s.running[101] has c1/e1, c1/e1       service.go:660-686
	//                       │                       ec = []
	//                       │                       running[101] = []
	//                       │                       processExits.e = exit of pid 101
	//                       │                       processExits.cps = [c1/e1, c1/e1]
	//   43                  ●  processExits       handleProcessExit: p.SetExited                              service.go:768
	//                       │                       processes[c1/e1].state = stopped
	//                       │                       processes[c1/e1].waitBlock = closed
	//   44                  ●  processExits       handleProcessExit: s.send(&TaskExit)                        service.go:778-784
	//                       │                       ▶ TaskExit c1/e1 pid 101
	//   45                  ●  processExits       handleProcessExit: s.runningExecs[c]--                      service.go:786-791
	//                       │                       runningExecs[c1] = 0
	//                       │                       processExits.cps = [c1/e1]
	//   46                  ●  processExits       handleProcessExit: p.SetExited                              service.go:768
	//   47                  ●  processExits       handleProcessExit: s.send(&TaskExit)                        service.go:778-784
	//                       │                       ▶ TaskExit c1/e1 pid 101
	//   48                  ●  processExits       handleProcessExit: s.runningExecs[c]--                      service.go:786-791
	//                                               runningExecs[c1] = -1
	//                                               processExits.e = nil
	//                                               processExits.cps = []
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1, TaskExecStarted c1/e1 pid 101, TaskExit c1/e1 pid 101, TaskExit c1/e1 pid 101
	//   breaks 'at most one exit per process' (c1/e1) after step 47
	//   breaks 'no exec is counted out twice' (c1) after step 48
	//   replay: npx shim-spec replay main --containers 1 --execs 1 --with again --choices 0,0,0,0,1,1,1,1,0,2,2,2,2,1,1,2,2,2,1,3,3,3,3,2,4,4,4,4,2,4,4,4,2,2,5,5,4,4,4,2,2,5,5,5,5,5,5,5

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.send("start c1/e1 again")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1")
	r.rest()
	r.pass("exec-c1-e1", "after", "go", "start c1/e1")
	r.rest()
	r.kill("c1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"the shim lives on", "runningExecs: container -> num running execs"},
	})
}

// Finding15EveryWaitReturnsWaitC1E1 asks of a shim: every Wait returns (wait c1/e1).
//
// shim-spec found the interleaving in its revision main: the service lock not held across runc create.
func (s *RaceSuite) testFinding15EveryWaitReturnsWaitC1E1(t *testing.T) {
	//    1  ●                  client        calls Create(c1)
	//    2  │ ●                create c1     s.preStart(nil); runc.NewContainer runs runc create         service.go:224-229
	//       │ │                                exitSubscribers[create c1] = true
	//    3  │ │ ●              runc          runc forks c1 as pid 100
	//       │ │ │                              kernel[c1].status = alive
	//       │ │ │                              kernel[c1].pid = 100
	//    4  │ ● │              create c1     runc.NewContainer returns                                   service.go:229
	//       │ │ │                              processes[c1].state = created
	//       │ │ │                              processes[c1].pid = 100
	//    5  │ ● │              create c1     s.mu.Lock(); s.containers[r.ID] = container; s.mu.Unlock()  service.go:234-236
	//       │ │ │                              containers[c1] = true
	//    6  │ ● │              create c1     s.send(&TaskCreate)                                         service.go:238
	//       │ │ │                              ▶ TaskCreate c1 pid 100
	//    7  │ ● │              create c1     handleStarted: s.running[100] takes it                      service.go:185-209
	//       │ │ │                              running[100] = [c1]
	//       │ │ │                              exitSubscribers[create c1] = false
	//    8  │ ● │              create c1     return                                                      service.go:285
	//    9  ●   │              client        calls Start(c1)
	//   10  │   │ ●            start c1      s.getContainer(c1)                                          service.go:297
	//   11  │   │ ●            start c1      s.preStart(container)                                       service.go:303-314
	//       │   │ │                            running[100] = []
	//       │   │ │                            exitSubscribers[start c1] = true
	//   12  │   │ ●            start c1      container.Start: c.Process(c1)                              container.go:347
	//   13  │   │ ●            start c1      p.Start: p.mu.Lock(); runc start                            container.go:351
	//       │   │ │                            processes[c1].mu = start c1
	//   14  │   ● │            runc          runc start lets c1 go on
	//   15  │   │ ●            start c1      container.Start returns                                     service.go:317
	//       │   │ │                            processes[c1].state = running
	//       │   │ │                            processes[c1].mu = nil
	//   16  │   │ ●            start c1      s.send(&TaskStart)                                          service.go:336
	//       │   │ │                            ▶ TaskStart c1 pid 100
	//   17  │   │ ●            start c1      handleStarted: s.running[100] takes it                      service.go:185-209
	//       │   │ │                            running[100] = [c1]
	//       │   │ │                            exitSubscribers[start c1] = false
	//   18  │   │ ●            start c1      return                                                      service.go:348
	//   19  ●   │              client        calls Exec(c1/e1)
	//   20  │   │   ●          exec c1/e1    s.getContainer(c1)                                          service.go:387
	//   21  │   │   ●          exec c1/e1    container.Exec                                              service.go:391-395
	//       │   │   │                          processes[c1/e1].state = created
	//   22  │   │   ●          exec c1/e1    s.send(&TaskExecAdded)                                      service.go:401
	//       │   │   │                          ▶ TaskExecAdded c1/e1
	//   23  │   │   ●          exec c1/e1    return                                                      service.go:405
	//   24  ●   │              client        calls Start(c1/e1)
	//   25  │   │     ●        start c1/e1   s.getContainer(c1)                                          service.go:297
	//   26  │   │     ●        start c1/e1   s.preStart(nil)                                             service.go:303-314
	//       │   │     │                        runningExecs[c1] = 1
	//       │   │     │                        exitSubscribers[start c1/e1] = true
	//   27  │   │     ●        start c1/e1   container.Start: c.Process(c1/e1)                           container.go:347
	//   28  │   │     ●        start c1/e1   p.Start: p.mu.Lock(); runc exec                             container.go:351
	//       │   │     │                        processes[c1/e1].mu = start c1/e1
	//   29  ●   │     │        client        calls Wait(c1/e1)
	//   30      │     │ ●      wait c1/e1    s.getContainer(c1)                                          service.go:577-581
	//   31      ●     │ │      runc          runc forks c1/e1 as pid 101
	//                 │ │                      kernel[c1/e1].status = alive
	//                 │ │                      kernel[c1/e1].pid = 101
	//   32            ● │      start c1/e1   container.Start returns an error                            service.go:317
	//                 │ │                      calls[start c1/e1].err = true
	//                 │ │                      processes[c1/e1].mu = nil
	//   33            ● │      start c1/e1   s.runningExecs[container]--                                 service.go:323-328
	//                 │ │                      runningExecs[c1] = 0
	//   34            ● │      start c1/e1   handleStarted: nothing to do                                service.go:185-209
	//                 │ │                      exitSubscribers[start c1/e1] = false
	//   35            ● │      start c1/e1   return                                                      service.go:348
	//                   │                      calls[start c1/e1].err = false
	//   36              │ ●    kernel        c1/e1 dies
	//                   │ │                    kernel[c1/e1].status = zombie
	//   37              │ ●    kernel        wait4 reaps c1/e1, s.ec takes its exit
	//                   │                      kernel[c1/e1].status = reaped
	//                   │                      ec = [exit of pid 101]
	//   38              │   ●  processExits  e := <-s.ec, pid 101; s.running[101] has nothing            service.go:660-686
	//                   │                      ec = []
	//
	//   events: TaskCreate c1 pid 100, TaskStart c1 pid 100, TaskExecAdded c1/e1
	//   breaks 'every Wait returns' (wait c1/e1) after step 38
	//   waiting at the end:
	//         wait c1/e1 is blocked in p.Wait: nobody has set c1/e1 exited (at p.Wait)
	//   replay: npx shim-spec replay main --containers 1 --execs 1 --with runc-fails,wait --choices 0,0,0,0,1,1,1,1,0,2,2,2,2,1,1,2,2,2,1,2,2,2,2,1,3,3,3,3,1,4,1,2,3,3,3,2,2,2

	r := startRace(t, s.cfg.ShimBinary, "runc", 1, false)
	r.send("create c1")
	r.rest()
	r.work("create-c1", "create c1")
	r.rest()
	r.pass("create-c1", "after", "go", "create c1")
	r.rest()
	r.send("start c1")
	r.rest()
	r.work("start-c1", "start c1")
	r.rest()
	r.pass("start-c1", "after", "go", "start c1")
	r.rest()
	r.send("exec c1/e1")
	r.rest()
	r.send("start c1/e1")
	r.rest()
	r.send("wait c1/e1")
	r.rest()
	r.work("exec-c1-e1", "start c1/e1")
	r.rest()
	r.crash("exec-c1-e1", "start c1/e1")
	r.rest()
	r.kill("c1/e1")
	r.rest()
	r.conclude()
	r.hold([][2]string{
		{"every Wait returns", "Wait for a process to exit"},
	})
}

// How long a shim may take for what it owes, and how often a condition is looked at.
const (
	raceOwedMax  = 10 * time.Second
	racePollTime = 2 * time.Millisecond
	// A shim is at rest when nothing about it changed in so many looks.
	raceRestLooks = 30
)

// raceGate is an OCI runtime that holds create, start, exec and delete before their work and after it.
const raceGate = `#!/bin/sh
# A program that a shim runs as its OCI runtime (binary_name). It runs the real runtime, and holds create, start, exec
# and delete before their work, and after it, until the tester lets them go; other verbs where the tester has asked for
# them by name. gate.ts is the tester's end.
#
# The tester copies this file beside the folder 'gate'; 'gate/runtime' names the real runtime.
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
`

// raceEvent is one that the shim has forwarded. The id of an init is that of its container.
type raceEvent struct {
	topic   string
	process string
	pid     uint32
}

// raceAnswer is how a call ended.
type raceAnswer struct {
	call string
	err  error
}

// raceShim is the shim under test, and what was seen of it.
type raceShim struct {
	t *testing.T
	// binary is the shim's, runtime the OCI runtime that it is to run.
	binary  string
	runtime string
	folder  string
	pid     int
	// socket is where the shim listens.
	socket string
	client *ttrpc.Client
	task   string
	// env is what each run of the binary gets.
	env []string

	mu      sync.Mutex
	events  []raceEvent
	sent    []string
	answers []raceAnswer
	pids    map[string]int
	broken  map[string][]string
}

// startRace makes the bundles of the containers c1 to cN, and starts the shim of c1 as containerd does.
func startRace(t *testing.T, binary, runtime string, containers int, sharedPid bool) *raceShim {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("this test runs containers: run it as root")
	}
	binary = raceProgram(t, raceShimFlag, binary)
	runtime = raceProgram(t, raceRuntimeFlag, runtime)
	t.Logf("the shim is %s: %s", binary, raceSaidBy(binary, "-v"))
	t.Logf("the OCI runtime is %s: %s", runtime, raceSaidBy(runtime, "--version"))
	// Not t.TempDir, whose name is too long for a socket.
	folder, err := os.MkdirTemp("", "race-")
	raceMust(t, err)
	s := &raceShim{t: t, binary: binary, runtime: runtime, folder: folder, pids: map[string]int{}, broken: map[string][]string{}}
	t.Cleanup(s.end)
	s.makeGate()
	for i := 1; i <= containers; i++ {
		s.makeBundle(fmt.Sprintf("c%d", i), sharedPid)
	}
	s.serveEvents()
	s.bootstrap()
	return s
}

// raceProgram finds a program, from whichever folder it is run then.
func raceProgram(t *testing.T, flag, name string) string {
	t.Helper()
	found, err := exec.LookPath(name)
	if err == nil {
		found, err = filepath.Abs(found)
	}
	if err != nil {
		t.Fatalf("%s cannot be run (got %q: %v; allowed the path of a program, or a name on PATH): name another", flag, name, err)
	}
	return found
}

// raceSaidBy is what a program says of its version, in one line.
func raceSaidBy(binary, flag string) string {
	ctx, cancel := context.WithTimeout(context.Background(), raceOwedMax)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary, flag).Output()
	if err != nil {
		return fmt.Sprintf("it does not say its version (%v)", err)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

func (s *raceShim) makeGate() {
	raceMust(s.t, os.Mkdir(filepath.Join(s.folder, "gate"), 0o700))
	raceMust(s.t, os.WriteFile(filepath.Join(s.folder, "gate", "runtime"), []byte(s.runtime+"\n"), 0o600))
	raceMust(s.t, os.WriteFile(filepath.Join(s.folder, "gated-runtime"), []byte(raceGate), 0o700))
}

// makeBundle makes a container that sleeps, with the host's programs.
func (s *raceShim) makeBundle(id string, sharedPid bool) {
	bundle := filepath.Join(s.folder, id)
	rootfs := filepath.Join(bundle, "rootfs")
	for _, name := range []string{"proc", "dev", "work"} {
		raceMust(s.t, os.MkdirAll(filepath.Join(rootfs, name), 0o755))
	}
	raceMust(s.t, syscall.Mkfifo(filepath.Join(bundle, "log"), 0o600))
	mounts := []any{
		map[string]any{"destination": "/proc", "type": "proc", "source": "proc"},
		map[string]any{"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": []string{"nosuid", "mode=755"}},
	}
	for _, name := range []string{"bin", "sbin", "lib", "lib64", "usr"} {
		host := "/" + name
		if to, err := os.Readlink(host); err == nil {
			raceMust(s.t, os.Symlink(to, filepath.Join(rootfs, name)))
		} else if _, err := os.Stat(host); err == nil {
			raceMust(s.t, os.Mkdir(filepath.Join(rootfs, name), 0o755))
			mounts = append(mounts, map[string]any{"destination": host, "type": "bind", "source": host, "options": []string{"rbind", "ro"}})
		}
	}
	namespaces := []any{map[string]any{"type": "mount"}, map[string]any{"type": "ipc"}, map[string]any{"type": "uts"}}
	if !sharedPid {
		namespaces = append(namespaces, map[string]any{"type": "pid"})
	}
	config, err := json.Marshal(map[string]any{
		"ociVersion": "1.0.2",
		"process":    raceProcessSpec("PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
		"root":       map[string]any{"path": "rootfs", "readonly": true},
		"mounts":     mounts,
		"linux": map[string]any{
			"namespaces":  namespaces,
			"cgroupsPath": "/" + filepath.Base(s.folder) + "/" + id,
		},
	})
	raceMust(s.t, err)
	raceMust(s.t, os.WriteFile(filepath.Join(bundle, "config.json"), config, 0o600))
}

func raceProcessSpec(env ...string) map[string]any {
	return map[string]any{
		"args": []string{"sleep", "3600"},
		"cwd":  "/",
		"env":  append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, env...),
		"user": map[string]any{"uid": 0, "gid": 0},
	}
}

// Forward is the service that a shim publishes its events to.
func (s *raceShim) Forward(_ context.Context, r *ttrpcevents.ForwardRequest) (*emptypb.Empty, error) {
	message, err := r.Envelope.Event.UnmarshalNew()
	if err != nil {
		return &emptypb.Empty{}, nil
	}
	e := raceEvent{topic: strings.TrimPrefix(r.Envelope.Topic, "/tasks/")}
	switch m := message.(type) {
	case *eventstypes.TaskCreate:
		e.process, e.pid = m.ContainerID, m.Pid
	case *eventstypes.TaskStart:
		e.process, e.pid = m.ContainerID, m.Pid
	case *eventstypes.TaskExecAdded:
		e.process = m.ContainerID + "/" + m.ExecID
	case *eventstypes.TaskExecStarted:
		e.process, e.pid = m.ContainerID+"/"+m.ExecID, m.Pid
	case *eventstypes.TaskExit:
		e.process, e.pid = raceProcessOf(m.ContainerID, m.ID), m.Pid
	case *eventstypes.TaskDelete:
		e.process, e.pid = raceProcessOf(m.ContainerID, m.ID), m.Pid
	default:
		return &emptypb.Empty{}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
	return &emptypb.Empty{}, nil
}

func raceProcessOf(container, id string) string {
	if id == "" || id == container {
		return container
	}
	return container + "/" + id
}

func (s *raceShim) serveEvents() {
	server, err := ttrpc.NewServer()
	raceMust(s.t, err)
	listener, err := net.Listen("unix", s.eventsAddress())
	raceMust(s.t, err)
	ttrpcevents.RegisterTTRPCEventsService(server, s)
	go server.Serve(context.Background(), listener) //nolint:errcheck // It ends with an error.
	s.t.Cleanup(func() { server.Close() })
}

func (s *raceShim) eventsAddress() string {
	return filepath.Join(s.folder, "events.ttrpc")
}

// bootstrap runs the action start: with BootstrapParams as containerd 2.3 writes them, and else without.
func (s *raceShim) bootstrap() {
	s.readLog()
	grpc := filepath.Join(s.folder, "containerd.sock")
	s.env = append(os.Environ(), "TTRPC_ADDRESS="+s.eventsAddress(), "GRPC_ADDRESS="+grpc, "NAMESPACE=race", "MAX_SHIM_VERSION=3")
	params, err := proto.Marshal(&bootstrap.BootstrapParams{
		InstanceID:             "c1",
		Namespace:              "race",
		ContainerdVersion:      "v2.3.4",
		ContainerdTtrpcAddress: s.eventsAddress(),
		ContainerdGrpcAddress:  grpc,
		ContainerdBinary:       "/bin/true",
	})
	raceMust(s.t, err)
	out, err := s.run(params, "start")
	if err != nil {
		out, err = s.run(nil, "start")
	}
	if err != nil {
		s.noShim("its action start failed: %v", err)
	}
	version, address := raceAddressIn(out)
	s.socket = strings.TrimPrefix(address, "unix://")
	conn, err := net.Dial("unix", s.socket)
	if err != nil {
		s.noShim("its action start printed %q: %v", out, err)
	}
	s.client = ttrpc.NewClient(conn)
	s.task = fmt.Sprintf("containerd.task.v%d.Task", version)
	var connected task.ConnectResponse
	if err := s.client.Call(context.Background(), s.task, "Connect", &task.ConnectRequest{ID: "c1"}, &connected); err != nil {
		s.noShim("it does not answer Connect: %v", err)
	}
	s.pid = int(connected.ShimPid)
}

// noShim ends the test: the program is no shim, or none that comes up here.
func (s *raceShim) noShim(format string, args ...any) {
	s.t.Helper()
	got := fmt.Sprintf(format, args...)
	s.t.Fatalf("%s is no shim (got %q, %s; allowed a shim that start brings up, with the address of its ttrpc socket): name another", raceShimFlag, s.binary, got)
}

// readLog keeps a reader at the shim's log, as containerd does.
func (s *raceShim) readLog() {
	log, err := os.OpenFile(filepath.Join(s.folder, "c1", "log"), os.O_RDWR|syscall.O_NONBLOCK, 0)
	raceMust(s.t, err)
	s.t.Cleanup(func() { log.Close() })
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := log.Read(buffer)
			if err != nil {
				return
			}
			if text := string(buffer[:n]); strings.Contains(text, "panic:") {
				fmt.Fprint(os.Stderr, text)
			}
		}
	}()
}

func (s *raceShim) run(input []byte, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*raceOwedMax)
	defer cancel()
	flags := []string{"-namespace", "race", "-address", filepath.Join(s.folder, "containerd.sock"), "-publish-binary", "/bin/true", "-id", "c1"}
	cmd := exec.CommandContext(ctx, s.binary, append(flags, args...)...)
	cmd.Dir = filepath.Join(s.folder, "c1")
	cmd.Env = s.env
	cmd.Stdin = bytes.NewReader(input)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
	}
	return out, err
}

// raceAddressIn reads what start printed: a BootstrapResult, JSON, or an address.
func raceAddressIn(out []byte) (version int, address string) {
	var result bootstrap.BootstrapResult
	if err := proto.Unmarshal(out, &result); err == nil && result.Address != "" {
		return int(result.Version), result.Address
	}
	said := struct {
		Version int    `json:"version"`
		Address string `json:"address"`
	}{Version: 2, Address: strings.TrimSpace(string(out))}
	_ = json.Unmarshal(out, &said)
	return said.Version, said.Address
}

// send sends a call, such as "start c1/e1", and does not wait for its answer.
func (s *raceShim) send(call string) {
	words := strings.Fields(call)
	method, process := words[0], words[1]
	id, execID, _ := strings.Cut(process, "/")
	var name string
	var request, response proto.Message = nil, &emptypb.Empty{}
	switch method {
	case "create":
		name, request, response = "Create", s.createRequest(id), &task.CreateTaskResponse{}
	case "start":
		name, request, response = "Start", &task.StartRequest{ID: id, ExecID: execID}, &task.StartResponse{}
	case "exec":
		spec, err := json.Marshal(raceProcessSpec("SHIM_SPEC_EXEC=" + execID))
		raceMust(s.t, err)
		const url = "types.containerd.io/opencontainers/runtime-spec/1/Process"
		name, request = "Exec", &task.ExecProcessRequest{ID: id, ExecID: execID, Spec: &anypb.Any{TypeUrl: url, Value: spec}}
	case "kill":
		name, request = "Kill", &task.KillRequest{ID: id, ExecID: execID, Signal: 9}
	case "wait":
		name, request, response = "Wait", &task.WaitRequest{ID: id, ExecID: execID}, &task.WaitResponse{}
	case "delete":
		name, request, response = "Delete", &task.DeleteRequest{ID: id, ExecID: execID}, &task.DeleteResponse{}
	case "shutdown":
		name, request = "Shutdown", &task.ShutdownRequest{}
	default:
		s.t.Fatalf("no such call: %s", call)
	}
	s.mu.Lock()
	s.sent = append(s.sent, call)
	s.mu.Unlock()
	go func() {
		err := s.client.Call(context.Background(), s.task, name, request, response)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answers = append(s.answers, raceAnswer{call, err})
	}()
}

func (s *raceShim) createRequest(id string) *task.CreateTaskRequest {
	value, err := proto.Marshal(&options.Options{
		BinaryName: filepath.Join(s.folder, "gated-runtime"),
		Root:       filepath.Join(s.folder, "runc"),
	})
	raceMust(s.t, err)
	return &task.CreateTaskRequest{
		ID:      id,
		Bundle:  filepath.Join(s.folder, id),
		Options: &anypb.Any{TypeUrl: "containerd.runc.v1.Options", Value: value},
	}
}

// pass lets a call of the OCI runtime that waits at the gate go on, or fail. A shim may answer the client without such a
// call; then there is nothing to do.
func (s *raceShim) pass(key, stage, word, call string) bool {
	here := filepath.Join(s.folder, "gate", key+"."+stage)
	if !s.await(func() bool { return raceExists(here+".here") || s.isAnswered(call) || !s.isAlive() }) || !raceExists(here+".here") {
		s.t.Logf("the runtime's %s did not come to the gate %s its work", key, stage)
		return false
	}
	s.await(func() bool {
		fifo, err := os.OpenFile(here, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			return !raceExists(here + ".here")
		}
		defer fifo.Close()
		_, err = fifo.WriteString(word + "\n")
		return err == nil
	})
	return true
}

// work lets the OCI runtime do its work, and holds it after that.
func (s *raceShim) work(key, call string) {
	if s.pass(key, "before", "go", call) {
		here := filepath.Join(s.folder, "gate", key+".after.here")
		s.await(func() bool { return raceExists(here) || s.isAnswered(call) || !s.isAlive() })
	}
}

// crash makes a call of the OCI runtime fail. Where the runtime has done its work it is the shim that fails, without the
// pid file.
func (s *raceShim) crash(key, call string) {
	if raceExists(filepath.Join(s.folder, "gate", key+".after.here")) {
		s.pass(key, "after", "lose", call)
	} else {
		s.pass(key, "before", "fail", call)
	}
}

// kill kills a process from outside, and waits for its death.
func (s *raceShim) kill(process string) {
	pid := s.pidOf(process)
	if pid == 0 || !raceIsRunning(pid) {
		s.t.Logf("%s was not running when it was to be killed", process)
		return
	}
	raceMust(s.t, syscall.Kill(pid, syscall.SIGKILL))
	s.await(func() bool { return !raceIsRunning(pid) })
}

// pidOf asks the gate, which the runtime's pid file has passed, and else the shim's events.
func (s *raceShim) pidOf(process string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := "create-" + process
	if strings.Contains(process, "/") {
		key = "exec-" + strings.ReplaceAll(process, "/", "-")
	}
	if text, err := os.ReadFile(filepath.Join(s.folder, "gate", key+".pid")); err == nil {
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			s.pids[process] = pid
		}
	}
	for _, e := range s.events {
		if e.process == process && e.pid > 0 && s.pids[process] == 0 && (e.topic == "create" || e.topic == "exec-started") {
			s.pids[process] = int(e.pid)
		}
	}
	return s.pids[process]
}

// rest waits until the shim has nothing left to do: all its threads and all that it runs sleep, and none of them has run
// between many looks.
func (s *raceShim) rest() {
	last, looks := "", 0
	s.await(func() bool {
		now, isAsleep := s.activity()
		if now == last && isAsleep {
			looks++
		} else {
			last, looks = now, 0
		}
		return looks >= raceRestLooks || !s.isAlive()
	})
}

// activity tells of every thread of the shim and of its raceDescendants what it is and how often it has run.
func (s *raceShim) activity() (text string, isAsleep bool) {
	s.mu.Lock()
	text = fmt.Sprint(len(s.events), len(s.answers))
	s.mu.Unlock()
	isAsleep = true
	for _, pid := range raceDescendants(s.pid) {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
		for _, thread := range threads {
			status, err := os.ReadFile(thread)
			if err != nil {
				isAsleep = false
				continue
			}
			for _, line := range strings.Split(string(status), "\n") {
				name, value, _ := strings.Cut(line, ":")
				switch name {
				case "State":
					isAsleep = isAsleep && strings.HasPrefix(strings.TrimSpace(value), "S")
				case "Pid", "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches":
					text += " " + strings.TrimSpace(value)
				}
			}
		}
	}
	return text, isAsleep
}

// raceDescendants lists a process and all below it.
func raceDescendants(root int) []int {
	found := []int{root}
	for i := 0; i < len(found); i++ {
		lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", found[i]))
		for _, path := range lists {
			children, _ := os.ReadFile(path)
			for _, word := range strings.Fields(string(children)) {
				if pid, err := strconv.Atoi(word); err == nil && !slices.Contains(found, pid) {
					found = append(found, pid)
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

// await looks until a condition holds. It is false where that takes too long.
func (s *raceShim) await(condition func() bool) bool {
	deadline := time.Now().Add(raceOwedMax)
	ticker := time.NewTicker(racePollTime)
	defer ticker.Stop()
	for !condition() {
		if time.Now().After(deadline) {
			return false
		}
		<-ticker.C
	}
	return true
}

func (s *raceShim) isAlive() bool {
	return raceIsRunning(s.pid)
}

func (s *raceShim) isAnswered(call string) bool {
	_, found := s.answerTo(call)
	return found
}

func (s *raceShim) answerTo(call string) (raceAnswer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.answers, func(a raceAnswer) bool { return a.call == call })
	if i < 0 {
		return raceAnswer{}, false
	}
	return s.answers[i], true
}

// succeeded tells whether a call with a method about a process was answered without an error.
func (s *raceShim) succeeded(method, process string) bool {
	for _, again := range []string{"", " again"} {
		if a, found := s.answerTo(method + " " + process + again); found && a.err == nil {
			return true
		}
	}
	return false
}

// at is the position of a process's event, or -1.
func (s *raceShim) at(topic, process string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.IndexFunc(s.events, func(e raceEvent) bool { return e.topic == topic && e.process == process })
}

func (s *raceShim) breach(rule, format string, args ...any) {
	s.broken[rule] = append(s.broken[rule], fmt.Sprintf(format, args...))
}

// conclude opens the gate, lets everything end, and judges all that was seen.
func (s *raceShim) conclude() {
	s.openGate()
	s.await(func() bool { return !s.isAlive() || len(s.unanswered(false)) == 0 })
	for _, call := range s.calls("create", "start") {
		s.pidOf(strings.Fields(call)[1])
	}
	isShutDown := len(s.calls("shutdown")) > 0
	switch {
	case s.isAlive():
		s.concludeAlive()
	case isShutDown:
		s.judgeShutdown()
	default:
		s.breach("the shim lives on", "it has ended; its log is on standard error where it panicked")
	}
	s.judgeLog()
}

func (s *raceShim) concludeAlive() {
	s.judgeOrphans()
	for process := range s.pids {
		if raceIsRunning(s.pids[process]) {
			s.kill(process)
		}
	}
	s.await(func() bool { return !s.isAlive() || len(s.unanswered(true)) == 0 })
	s.judgeExits()
	if !s.isAlive() {
		s.breach("the shim lives on", "it has ended; its log is on standard error where it panicked")
		return
	}
	for _, call := range s.unanswered(true) {
		rule := "every call is answered"
		if strings.HasPrefix(call, "wait") {
			rule = "every Wait returns"
		}
		s.breach(rule, "%s was not answered within %s", call, raceOwedMax)
	}
	s.judgeDeletes()
}

func (s *raceShim) openGate() {
	raceMust(s.t, os.WriteFile(filepath.Join(s.folder, "gate", "open"), nil, 0o600))
	held, _ := filepath.Glob(filepath.Join(s.folder, "gate", "*.here"))
	for _, path := range held {
		key, stage, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".here"), ".")
		s.pass(key, stage, "go", "")
	}
}

// calls are those that were sent, with one of the methods.
func (s *raceShim) calls(methods ...string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	for _, call := range s.sent {
		if slices.Contains(methods, strings.Fields(call)[0]) {
			found = append(found, call)
		}
	}
	return found
}

// unanswered are the calls that the shim owes an answer: a Wait only for a process that has been.
func (s *raceShim) unanswered(withWaits bool) []string {
	var found []string
	for _, call := range s.calls("create", "start", "exec", "kill", "delete", "shutdown", "wait") {
		words := strings.Fields(call)
		isOwed := words[0] != "wait" || (withWaits && s.pids[words[1]] != 0)
		if isOwed && !s.isAnswered(call) {
			found = append(found, call)
		}
	}
	return found
}

func (s *raceShim) judgeOrphans() {
	var execs []string
	for process := range s.pids {
		container, _, isExec := strings.Cut(process, "/")
		if isExec && s.at("exit", container) >= 0 {
			execs = append(execs, process)
		}
	}
	isGone := func() bool {
		return !slices.ContainsFunc(execs, func(process string) bool { return raceIsRunning(s.pids[process]) })
	}
	if s.await(isGone) {
		return
	}
	for _, process := range execs {
		if raceIsRunning(s.pids[process]) {
			s.breach("no orphan after an init's exit", "%s runs on as pid %d after the exit of its init was published", process, s.pids[process])
		}
	}
}

// owesExit tells whether the shim has announced a process, so that it owes its exit.
func (s *raceShim) owesExit(process string) bool {
	if strings.Contains(process, "/") {
		return s.succeeded("start", process) || s.at("exec-started", process) >= 0
	}
	if s.at("start", process) >= 0 {
		return true
	}
	isCreated := s.succeeded("create", process) || s.at("create", process) >= 0
	return isCreated && !s.succeeded("delete", process) && s.at("delete", process) < 0
}

func (s *raceShim) judgeExits() {
	var owed []string
	for process := range s.pids {
		if s.owesExit(process) {
			owed = append(owed, process)
		}
	}
	isMissing := func(process string) bool { return s.at("exit", process) < 0 }
	s.await(func() bool { return !s.isAlive() || !slices.ContainsFunc(owed, isMissing) })
	if !s.isAlive() {
		return
	}
	for _, process := range owed {
		if isMissing(process) {
			s.breach("no exit is lost", "%s, pid %d, has ended, and no exit was published within %s", process, s.pids[process], raceOwedMax)
		}
	}
}

// judgeDeletes asks whether a task that a Delete has removed is announced.
func (s *raceShim) judgeDeletes() {
	for process := range s.pids {
		if strings.Contains(process, "/") || !s.succeeded("delete", process) {
			continue
		}
		if !s.await(func() bool { return s.at("delete", process) >= 0 }) {
			s.breach("a removed task is announced", "the Delete of %s succeeded, and no TaskDelete came within %s", process, raceOwedMax)
		}
	}
}

// judgeShutdown asks whether a shim that has ended left a process behind.
func (s *raceShim) judgeShutdown() {
	s.await(func() bool {
		for _, call := range s.calls("create") {
			s.pidOf(strings.Fields(call)[1])
		}
		return len(s.pids) > 0
	})
	for process, pid := range s.pids {
		if raceIsRunning(pid) {
			s.breach("Shutdown leaves no process behind", "the shim has ended, and %s runs on as pid %d", process, pid)
		}
	}
}

// judgeLog judges the events by the rules that are about them alone.
func (s *raceShim) judgeLog() {
	s.mu.Lock()
	events := slices.Clone(s.events)
	s.mu.Unlock()
	before := func(i int, topic, process string) bool {
		return slices.ContainsFunc(events[:i], func(e raceEvent) bool { return e.topic == topic && e.process == process })
	}
	for i, e := range events {
		container, _, isExec := strings.Cut(e.process, "/")
		switch e.topic {
		case "start":
			if !before(i, "create", e.process) {
				s.breach("create precedes start", "start of %s, which was not created", e.process)
			}
			if before(i, "exit", e.process) {
				s.breach("start precedes exit", "exit of %s before its start", e.process)
			}
		case "exec-added":
			if !before(i, "create", container) {
				s.breach("create precedes exec-added", "exec-added of %s before the create of its container", e.process)
			}
		case "exec-started":
			if !before(i, "exec-added", e.process) {
				s.breach("exec-added precedes exec-started", "exec-started of %s, which was not added", e.process)
			}
		case "exit":
			if isExec && !before(i, "exec-started", e.process) {
				s.breach("start precedes exit", "exit of %s before its start", e.process)
			}
			if before(i, "exit", e.process) {
				s.breach("at most one exit per process", "a second exit of %s", e.process)
			}
			if isExec && before(i, "exit", container) {
				s.breach("an init's exit is the last of its container", "exit of %s after that of its init", e.process)
			}
		case "delete":
			if !isExec && before(i, "start", e.process) && !before(i, "exit", e.process) {
				s.breach("delete follows exit", "delete of %s before its exit", e.process)
			}
		}
		if before(i, "delete", container) {
			s.breach("nothing follows the delete", "%s of %s after the delete of its container", e.topic, e.process)
		}
	}
}

// hold fails the test where one of the rules is broken. Each stands with the sentence that it is of.
func (s *raceShim) hold(rules [][2]string) {
	s.t.Helper()
	for _, e := range s.events {
		s.t.Logf("event: %s %s, pid %d", e.topic, e.process, e.pid)
	}
	for _, a := range s.answers {
		if a.err != nil {
			s.t.Logf("answer to %s: %v", a.call, a.err)
		}
	}
	const alive = "the shim lives on"
	if !slices.ContainsFunc(rules, func(rule [2]string) bool { return rule[0] == alive }) {
		// A shim that has ended keeps no rule, and breaks none that is about what it publishes.
		rules = append(rules, [2]string{alive, "a shim serves its containers until Shutdown; it does not panic"})
	}
	for _, rule := range rules {
		for _, what := range s.broken[rule[0]] {
			s.t.Errorf("%s: %s (%s)", rule[0], what, rule[1])
		}
	}
}

// end kills what is left, and removes every trace.
func (s *raceShim) end() {
	for _, pid := range raceDescendants(s.pid) {
		if s.pid > 1 && pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	for _, pid := range s.pids {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	if s.client != nil {
		s.client.Close()
	}
	s.await(func() bool { return !s.isAlive() })
	bundles, _ := filepath.Glob(filepath.Join(s.folder, "c*", "config.json"))
	for _, path := range bundles {
		id := filepath.Base(filepath.Dir(path))
		_ = exec.Command(s.runtime, "--root", filepath.Join(s.folder, "runc", "race"), "delete", "--force", id).Run()
	}
	if s.env != nil {
		_, _ = s.run(nil, "-bundle", filepath.Join(s.folder, "c1"), "delete")
	}
	if s.socket != "" {
		_ = os.Remove(s.socket)
	}
	cgroups, _ := filepath.Glob("/sys/fs/cgroup/*/" + filepath.Base(s.folder))
	for _, path := range append(cgroups, "/sys/fs/cgroup/"+filepath.Base(s.folder)) {
		_ = os.Remove(path)
	}
	_ = os.RemoveAll(s.folder)
}

func raceIsRunning(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if pid <= 0 || err != nil {
		return false
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	return fields[0] != "Z" && fields[0] != "X"
}

func raceExists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func raceMust(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
