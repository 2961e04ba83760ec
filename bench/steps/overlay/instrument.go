package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

const reaperImport = `"github.com/containerd/containerd/v2/pkg/sys/reaper"`

// methods of the service that are wrapped: the calls of the Task API that the model has, the send and what publishes.
var wrapped = []string{"Create", "Start", "Exec", "Kill", "Wait", "Delete", "Shutdown", "send", "forward"}

// instrumentService puts the recorder into service.go: its sections, its channels, its calls.
func instrumentService(s *source) error {
	found := map[string]int{}
	functions(s.file, func(name string, f *ast.FuncDecl) {
		if f.Recv != nil && slices.Contains(wrapped, name) {
			s.replace(f.Name, "stepped"+strings.ToUpper(name[:1])+name[1:])
			found[name]++
		}
		if name == "NewTaskService" {
			s.insert(f.Body.Lbrace+1, "\n\treaper.OpenSteps()")
			found[name]++
		}
	})
	walk(s.file, func(n ast.Node, parents []ast.Node) {
		switch n := n.(type) {
		case *ast.CallExpr:
			if mutex, receiver := unlocked(n); mutex != "" {
				s.replace(n, fmt.Sprintf("%s.steppedUnlock%s(%q)", receiver, mutex, functionName(parents)))
				found[mutex]++
			}
		case *ast.SendStmt:
			// s.events is recorded in send.
			if _, isName := n.Chan.(*ast.Ident); isName {
				s.replace(n, fmt.Sprintf("steppedSendCount(%s, %s)", s.textOf(n.Chan), s.textOf(n.Value)))
				found["<- count"]++
			}
		case *ast.UnaryExpr:
			if channel, isName := n.X.(*ast.Ident); isName && n.Op == token.ARROW {
				s.replace(n, fmt.Sprintf("steppedReceiveCount(%s)", channel.Name))
				found["<-events"]++
			}
		case *ast.RangeStmt:
			if s.textOf(n.X) == "s.ec" {
				s.insert(n.Body.Lbrace+1, fmt.Sprintf("\n\t\treaper.Step(\"receive\", \"pid\", %s.Pid)", s.textOf(n.Key)))
				found["range s.ec"]++
			}
		}
	})
	return missing(found, append(slices.Clone(wrapped), "NewTaskService", "LifecycleMu", "Mu", "range s.ec"))
}

// unlocked says which mutex of a service a call unlocks, and the service.
func unlocked(call *ast.CallExpr) (mutex, receiver string) {
	unlock, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || unlock.Sel.Name != "Unlock" {
		return "", ""
	}
	lock, ok := unlock.X.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	names := map[string]string{"lifecycleMu": "LifecycleMu", "mu": "Mu"}
	service, ok := lock.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	return names[lock.Sel.Name], service.Name
}

// instrumentContainer records look-ups and removals of processes, and the end of runc.NewContainer.
func instrumentContainer(s *source) error {
	found := map[string]int{}
	functions(s.file, func(name string, f *ast.FuncDecl) {
		switch name {
		case "NewContainer":
			s.replace(f.Name, "steppedNewContainer")
		case "Process":
			s.insert(f.Body.List[1].End(), "\n\tsteppedProcess(c, id)")
		case "ProcessRemove":
			s.insert(f.Body.List[1].End(), "\n\treaper.Step(\"remove\", \"c\", c.ID, \"e\", id)")
		default:
			return
		}
		found[name]++
	})
	s.importReaper()
	return missing(found, []string{"NewContainer", "Process", "ProcessRemove"})
}

// instrumentProcess records what happens to a process object under its own lock.
func instrumentProcess(s *source) error {
	found := map[string]int{}
	functions(s.file, func(name string, f *ast.FuncDecl) {
		p := receiverOf(f)
		if p == "" || len(f.Body.List) < 3 || !strings.HasSuffix(s.textOf(f.Body.List[0]), ".mu.Lock()") {
			return
		}
		inside := f.Body.List[1].End()
		switch name {
		case "Start", "Delete", "Kill":
			s.insert(inside, fmt.Sprintf("\n\tsteppedEnd := steppedBegin(%s, %q)", p, name))
			s.wrapReturn(f, "steppedEnd(", ")")
		case "KillAll":
			s.insert(inside, fmt.Sprintf("\n\tsteppedBegin(%s, %q)", p, name))
		case "Exec":
			s.wrapReturn(f, fmt.Sprintf("steppedExec(%s, r.ID)(", p), ")")
		case "SetExited":
			s.insert(inside, fmt.Sprintf("\n\tsteppedExited(%s)", p))
		default:
			return
		}
		found[name]++
	})
	return missing(found, []string{"Start", "Delete", "Kill", "SetExited"})
}

// instrumentReaper records each wait4 that returned a process.
func instrumentReaper(s *source) error {
	found := map[string]int{}
	functions(s.file, func(name string, f *ast.FuncDecl) {
		if name != "reap" {
			return
		}
		walk(f, func(n ast.Node, _ []ast.Node) {
			if assigned, ok := n.(*ast.AssignStmt); ok && strings.HasPrefix(s.textOf(assigned), "exits = append(exits") {
				s.insert(assigned.Pos(), "Step(\"wait4\", \"pid\", pid)\n\t\t")
				found["wait4"]++
			}
		})
	})
	return missing(found, []string{"wait4"})
}

// instrumentPlugin has the service chosen by the name of a mutant.
func instrumentPlugin(s *source) error {
	found := map[string]int{}
	walk(s.file, func(n ast.Node, _ []ast.Node) {
		switch n := n.(type) {
		case *ast.ImportSpec:
			if strings.HasSuffix(n.Path.Value, `containerd-shim-runc-v2/task"`) {
				s.replace(n, "")
				found["import of task"]++
			}
		case *ast.SelectorExpr:
			if s.textOf(n) == "task.NewTaskService" {
				s.replace(n, "steppedService")
				found["task.NewTaskService"]++
			}
		}
	})
	return missing(found, []string{"import of task", "task.NewTaskService"})
}

func unchanged(*source) error { return nil }

// wrapReturn puts what a function returns at its end through a call.
func (s *source) wrapReturn(f *ast.FuncDecl, before, after string) {
	last, ok := f.Body.List[len(f.Body.List)-1].(*ast.ReturnStmt)
	if !ok || len(last.Results) != 1 {
		return
	}
	s.insert(last.Results[0].Pos(), before)
	s.insert(last.Results[0].End(), after)
}

func (s *source) importReaper() {
	for _, each := range s.file.Imports {
		if each.Path.Value == reaperImport {
			return
		}
	}
	s.insert(s.file.Name.End(), "\n\nimport "+reaperImport)
}

func receiverOf(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) != 1 || len(f.Recv.List[0].Names) != 1 {
		return ""
	}
	return f.Recv.List[0].Names[0].Name
}

func functions(file *ast.File, visit func(name string, f *ast.FuncDecl)) {
	for _, each := range file.Decls {
		if f, ok := each.(*ast.FuncDecl); ok {
			visit(f.Name.Name, f)
		}
	}
}

// walk visits every node with the nodes around it, the outermost first.
func walk(root ast.Node, visit func(n ast.Node, parents []ast.Node)) {
	var parents []ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			parents = parents[:len(parents)-1]
			return true
		}
		visit(n, parents)
		parents = append(parents, n)
		return true
	})
}

// functionName is the function that a node stands in, and the name of the closure.
func functionName(parents []ast.Node) string {
	name := ""
	for i, each := range parents {
		switch f := each.(type) {
		case *ast.FuncDecl:
			name = f.Name.Name
		case *ast.FuncLit:
			closure := "func"
			if assigned, ok := parents[i-1].(*ast.AssignStmt); ok {
				if id, ok := assigned.Lhs[0].(*ast.Ident); ok {
					closure = id.Name
				}
			}
			name += "." + closure
		}
	}
	return name
}

// missing is an error where something was not found that is to be recorded.
func missing(found map[string]int, wanted []string) error {
	var errs []error
	for _, each := range wanted {
		if found[each] == 0 {
			errs = append(errs, fmt.Errorf("there is no %s to record (allowed a version whose shim has it): read the new code, and mend bench/steps/overlay", each))
		}
	}
	return errors.Join(errs...)
}
