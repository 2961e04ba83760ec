// A shim whose socket speaks gRPC: it starts the shim that REAL_SHIM names, and hands each call on to it by ttrpc.
//
// A message of no fields keeps the fields that it does not know, so calls go through byte by byte.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

func main() {
	var err error
	if os.Args[1] == "bridge" {
		err = bridge(os.Args[2], os.Args[3])
	} else {
		err = act()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// act runs an action of the real shim; of start, it answers with a socket of its own.
func act() error {
	cmd := exec.Command(os.Getenv("REAL_SHIM"), os.Args[1:]...)
	if os.Args[len(os.Args)-1] != "start" {
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		return cmd.Run()
	}
	address, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	cwd, err := os.Getwd()
	if err != nil {
		return err
	}
	socket := filepath.Join(cwd, "g.sock")
	listening, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	file, err := listening.(*net.UnixListener).File()
	if err != nil {
		return err
	}
	real := strings.TrimPrefix(string(bytes.TrimSpace(address)), "unix://")
	server := exec.Command(os.Args[0], "bridge", real, socket)
	server.ExtraFiles = []*os.File{file}
	server.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := server.Start(); err != nil {
		return err
	}
	answer := map[string]any{"version": 2, "address": "unix://" + socket, "protocol": "grpc"}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

func bridge(real, socket string) error {
	connection, err := net.Dial("unix", real)
	if err != nil {
		return err
	}
	client := ttrpc.NewClient(connection, ttrpc.WithOnClose(func() {
		os.Remove(socket)
		os.Exit(0)
	}))
	listening, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		return err
	}
	handOn := func(_ any, stream grpc.ServerStream) error {
		method, _ := grpc.MethodFromServerStream(stream)
		parts := strings.Split(method, "/")
		var request, answer emptypb.Empty
		if err := stream.RecvMsg(&request); err != nil {
			return err
		}
		if err := client.Call(context.WithoutCancel(stream.Context()), parts[1], parts[2], &request, &answer); err != nil {
			return err
		}
		return stream.SendMsg(&answer)
	}
	return grpc.NewServer(grpc.UnknownServiceHandler(handOn)).Serve(listening)
}
