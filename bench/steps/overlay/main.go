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

// mutant is service.go with a mistake, as edits of its text: each stands in its function once.
type mutant []struct {
	In  string `json:"in"`
	Old string `json:"old"`
	New string `json:"new"`
}

// overlay collects the files that are put over those of a module.
type overlay struct {
	module, out, recorder, version string
	replace                        map[string]string
}

func main() {
	o := overlay{replace: map[string]string{}}
	flag.StringVar(&o.module, "module", "", "a copy of containerd's module")
	flag.StringVar(&o.out, "out", "", "a folder for the files of the overlay, and overlay.json")
	flag.StringVar(&o.recorder, "recorder", "", "the folder with the recorder's Go files")
	flag.StringVar(&o.version, "version", "", "the module's version")
	mutants := flag.String("mutants", "", "a JSON file with mutants of service.go; default: none")
	flag.Parse()
	if err := o.make(*mutants); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (o *overlay) make(mutants string) error {
	for path, instrument := range instruments {
		if err := o.instrument(path, path, nil, instrument); err != nil {
			return err
		}
	}
	for path, name := range added {
		if err := o.add(path, name); err != nil {
			return err
		}
	}
	if mutants != "" {
		if err := o.addMutants(mutants); err != nil {
			return err
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": o.replace})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.out, "overlay.json"), data, 0o644)
}

func (o *overlay) write(path, text string) error {
	to := filepath.Join(o.out, strings.ReplaceAll(path, "/", "+"))
	o.replace[filepath.Join(o.module, path)] = to
	return os.WriteFile(to, []byte(text), 0o644)
}

// instrument reads a file of the module, and puts it at a path with the recorder's calls.
func (o *overlay) instrument(from, to string, m mutant, instrument func(*source) error) error {
	text, err := os.ReadFile(filepath.Join(o.module, from))
	if err != nil {
		return err
	}
	mutated, err := m.apply(string(text))
	if err != nil {
		return err
	}
	s, err := parse(to, mutated)
	if err != nil {
		return err
	}
	if err := instrument(s); err != nil {
		return fmt.Errorf("%s: %w", to, err)
	}
	return o.write(to, s.result())
}

func (o *overlay) add(path, name string) error {
	text, err := os.ReadFile(filepath.Join(o.recorder, name))
	if err != nil {
		return err
	}
	return o.write(path, strings.ReplaceAll(string(text), "VERSION", o.version))
}

// addMutants gives each mutant a package beside the real one, task1 and so on; SHIM_STEPS_MUTANT names the one that
// serves. So they are linked once.
func (o *overlay) addMutants(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var all []mutant
	if err := json.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	var imports, cases strings.Builder
	for i, m := range all {
		name := fmt.Sprintf("task%d", i+1)
		folder := shim + name + "/"
		if err := o.instrument(servicePath, folder+"service.go", m, instrumentService); err != nil {
			return err
		}
		if err := o.instrument(shim+"task/service_tracing.go", folder+"service_tracing.go", nil, unchanged); err != nil {
			return err
		}
		if err := o.add(folder+"steps.go", "task.go.txt"); err != nil {
			return err
		}
		fmt.Fprintf(&imports, "\t%s %q\n", name, "github.com/containerd/containerd/v2/"+shim+name)
		fmt.Fprintf(&cases, "\tcase \"%d\":\n\t\treturn %s.NewTaskService(ctx, publisher, sd)\n", i+1, name)
	}
	chosen := fmt.Sprintf(choice, imports.String(), cases.String())
	if err := o.write(shim+"task/plugin/steps.go", chosen); err != nil {
		return err
	}
	return o.instrument(pluginPath, pluginPath, nil, instrumentPlugin)
}

const choice = `package plugin

import (
	"context"
	"os"

	taskAPI "github.com/containerd/containerd/api/runtime/task/v3"
	"github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2/task"
	"github.com/containerd/containerd/v2/pkg/shim"
	"github.com/containerd/containerd/v2/pkg/shutdown"
%s)

func steppedService(ctx context.Context, publisher shim.Publisher, sd shutdown.Service) (taskAPI.TTRPCTaskService, error) {
	switch os.Getenv("SHIM_STEPS_MUTANT") {
%s	}
	return task.NewTaskService(ctx, publisher, sd)
}
`

const (
	servicePath = shim + "task/service.go"
	pluginPath  = shim + "task/plugin/plugin_linux.go"
)

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

// apply carries out a mutant's edits.
func (m mutant) apply(text string) (string, error) {
	for _, each := range m {
		s, err := parse(servicePath, text)
		if err != nil {
			return "", err
		}
		function := ""
		functions(s.file, func(name string, f *ast.FuncDecl) {
			if name == each.In {
				function = s.textOf(f)
			}
		})
		if n := strings.Count(function, each.Old); n != 1 {
			return "", fmt.Errorf("%s has this text %d times (allowed once): %q: write the mutant for this version", each.In, n, each.Old)
		}
		text = strings.Replace(text, function, strings.Replace(function, each.Old, each.New, 1), 1)
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
