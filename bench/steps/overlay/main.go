// Command overlay makes what `go build -overlay` takes to build containerd's runc shim so that it records its steps.
//
// It reads the Go files of a copy of containerd's module, and writes them with calls of the recorder put in: at each
// section under s.lifecycleMu or s.mu, at each send, at each wait4, and where a process object's own lock is held. What
// it cannot find is an error: a record with fewer points than the model has steps would accept too much.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

const shim = "cmd/containerd-shim-runc-v2/"

// edit replaces the bytes from..to of a file.
type edit struct {
	from, to int
	text     string
}

// source is a Go file, and what is put into it.
type source struct {
	path  string
	text  string
	file  *ast.File
	edits []edit
}

// change is an edit of service.go by its text, which must stand there once: a mutant.
type change struct {
	Old string `json:"old"`
	New string `json:"new"`
}

func main() {
	module := flag.String("module", "", "a copy of containerd's module")
	out := flag.String("out", "", "a folder for the files of the overlay, and overlay.json")
	recorder := flag.String("recorder", "", "the folder with the recorder's Go files")
	version := flag.String("version", "", "the module's version")
	changes := flag.String("changes", "", "a JSON file with changes of service.go; default: none")
	flag.Parse()
	if err := makeOverlay(*module, *out, *recorder, *version, *changes); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func makeOverlay(module, out, recorder, version, changes string) error {
	replace := map[string]string{}
	write := func(path, text string) error {
		to := filepath.Join(out, strings.ReplaceAll(path, "/", "+"))
		replace[filepath.Join(module, path)] = to
		return os.WriteFile(to, []byte(text), 0o644)
	}
	for path, instrument := range instruments {
		text, err := os.ReadFile(filepath.Join(module, path))
		if err != nil {
			return err
		}
		changed := string(text)
		if path == servicePath {
			if changed, err = change1(changed, changes); err != nil {
				return err
			}
		}
		s, err := parse(path, changed)
		if err != nil {
			return err
		}
		if err := instrument(s); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := write(path, s.result()); err != nil {
			return err
		}
	}
	for path, name := range added {
		text, err := os.ReadFile(filepath.Join(recorder, name))
		if err != nil {
			return err
		}
		if err := write(path, strings.ReplaceAll(string(text), "VERSION", version)); err != nil {
			return err
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "overlay.json"), data, 0o644)
}

const servicePath = shim + "task/service.go"

var instruments = map[string]func(*source) error{
	servicePath:                     instrumentService,
	shim + "runc/container.go":      instrumentContainer,
	shim + "process/init.go":        instrumentProcess,
	shim + "process/exec.go":        instrumentProcess,
	"pkg/sys/reaper/reaper_unix.go": instrumentReaper,
}

// added are the recorder's files, by where they are put.
var added = map[string]string{
	"pkg/sys/reaper/steps.go": "reaper.go.txt",
	shim + "task/steps.go":    "task.go.txt",
	shim + "runc/steps.go":    "runc.go.txt",
	shim + "process/steps.go": "process.go.txt",
}

func parse(path, text string) (*source, error) {
	fset := token.NewFileSet()
	// With one file in the set, a position is an offset plus one.
	file, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &source{path: path, text: text, file: file}, nil
}

// change1 carries out the changes of a mutant, each of which must fit once.
func change1(text, file string) (string, error) {
	if file == "" {
		return text, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var all []change
	if err := json.Unmarshal(data, &all); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	for _, each := range all {
		if n := strings.Count(text, each.Old); n != 1 {
			return "", fmt.Errorf("service.go has this text %d times (allowed once): %q: write the change for this version", n, each.Old)
		}
		text = strings.Replace(text, each.Old, each.New, 1)
	}
	return text, nil
}

func offset(p token.Pos) int { return int(p) - 1 }

func (s *source) insert(at token.Pos, text string) {
	s.edits = append(s.edits, edit{offset(at), offset(at), text})
}

func (s *source) replace(n ast.Node, text string) {
	s.edits = append(s.edits, edit{offset(n.Pos()), offset(n.End()), text})
}

func (s *source) textOf(n ast.Node) string { return s.text[offset(n.Pos()):offset(n.End())] }

func (s *source) result() string {
	sort.SliceStable(s.edits, func(i, j int) bool { return s.edits[i].from < s.edits[j].from })
	var b strings.Builder
	last := 0
	for _, e := range s.edits {
		b.WriteString(s.text[last:e.from])
		b.WriteString(e.text)
		last = e.to
	}
	b.WriteString(s.text[last:])
	return b.String()
}
