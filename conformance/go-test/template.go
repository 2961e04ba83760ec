package shimrace

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

// TEST

// How long a shim may take for what it owes, and how often a condition is looked at.
const (
	raceOwedMax  = 10 * time.Second
	racePollTime = 2 * time.Millisecond
	// A shim is at rest when nothing about it changed in so many looks.
	raceRestLooks = 30
)

// raceGate is an OCI runtime that holds create, start, exec and delete before their work and after it.
const raceGate = `GATE`

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
