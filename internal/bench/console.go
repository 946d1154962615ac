package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"gatehouse/internal/demo"
)

// console is a gatehouse-dev with a month of history, and a browser to look at it with.
type console struct {
	kit
	dev demo.File
}

// consoleOf returns the console that C1, C2 and C3 are about. It is started once and
// stops with the lab.
func (l *lab) consoleOf(ctx context.Context) (_ *console, err error) {
	if l.console != nil {
		return l.console, nil
	}
	kit, err := findKit()
	if err != nil {
		return nil, absent(err)
	}
	dir, err := os.MkdirTemp("", "gatehouse-views-")
	if err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	l.stop = append(l.stop, func() error { return os.RemoveAll(dir) })
	program := filepath.Join(dir, "gatehouse-dev")
	for _, command := range [][]string{{"scripts/web", "build"}, {"go", "build", "-o", program, "gatehouse/cmd/gatehouse-dev"}} {
		if err := kit.do(ctx, command); err != nil {
			return nil, err
		}
	}
	dev, stop, err := startDev(ctx, program, filepath.Join(dir, "data"))
	if err != nil {
		return nil, err
	}
	l.stop = append(l.stop, stop)
	l.console = &console{kit: kit, dev: dev}
	return l.console, nil
}

// measureViews is C1: the first view of two pages.
func (l *lab) measureViews(ctx context.Context) ([]result, error) {
	v, err := l.look(ctx, object{"views": true})
	if err != nil {
		return nil, err
	}
	return v.firstViews(l.looks)
}

// measureScrolling is C2: many records in the table of the audit log.
func (l *lab) measureScrolling(ctx context.Context) ([]result, error) {
	v, err := l.look(ctx, object{"records": l.records})
	if err != nil {
		return nil, err
	}
	return v.scrolling(l.looks, l.records)
}

// measureShifts is C3: what moves on a page after it was shown.
func (l *lab) measureShifts(ctx context.Context) ([]result, error) {
	v, err := l.look(ctx, object{"pages": l.pages})
	if err != nil {
		return nil, err
	}
	return v.moving(l.looks)
}

// kit is what the console is built and looked at with.
type kit struct {
	root     string // of the module
	chromium string
}

// findKit says what is not there.
func findKit() (k kit, err error) {
	if k.root, err = moduleRoot(); err != nil {
		return k, err
	}
	for _, name := range []string{"go", "npm", "node"} {
		if _, err := exec.LookPath(name); err != nil {
			return k, fmt.Errorf("there is no %s", name)
		}
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if k.chromium, err = exec.LookPath(name); err == nil {
			return k, nil
		}
	}
	return k, errors.New("there is no Chromium")
}

// moduleRoot is the nearest directory above with a go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find module: %w", err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("the console is built from the repository; run this in it")
		}
	}
}

// do runs a command in the repository.
func (k kit) do(ctx context.Context, command []string) error {
	ctx, cancel := context.WithTimeout(ctx, buildLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // commands of this file
	cmd.Dir = k.root
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, lastLine(said))
	}
	return nil
}

// devLimit bounds how long gatehouse-dev may take to write its history.
const devLimit = 5 * time.Minute

// startDev runs gatehouse-dev until stop, which also removes what it has kept.
func startDev(ctx context.Context, program, data string) (dev demo.File, stop func() error, err error) {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, "--listen", "localhost:0", "--entra", "localhost:0", "--graph", "localhost:0", "--data", data) //nolint:gosec // what was built above
	said, err := os.Create(program + ".log")                                                                                                                       //nolint:gosec // in the directory of this run
	if err != nil {
		return dev, nil, fmt.Errorf("create log: %w", err)
	}
	cmd.Stdout, cmd.Stderr = said, said
	if err := errors.Join(cmd.Start(), said.Close()); err != nil {
		return dev, nil, fmt.Errorf("start gatehouse-dev: %w", err)
	}
	f := &foreign{cmd: cmd, log: said.Name(), ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended, its state says
		close(f.ended)
	}()
	stop = func() error {
		return errors.Join(f.stop(), demo.Forget(context.WithoutCancel(ctx), demo.Settings{Data: data}))
	}
	if dev, err = f.described(ctx, filepath.Join(data, demo.FileName)); err != nil {
		return dev, nil, errors.Join(fmt.Errorf("start gatehouse-dev: %w; it wrote: %s", err, f.lastWords()), stop())
	}
	return dev, stop, nil
}

// described waits until a gatehouse-dev is ready and has said where everything is.
func (f *foreign) described(ctx context.Context, file string) (dev demo.File, err error) {
	ctx, cancel := context.WithTimeout(ctx, devLimit)
	defer cancel()
	tick := time.NewTicker(20 * pollEvery)
	defer tick.Stop()
	for {
		log, err := os.ReadFile(f.log)
		if err != nil {
			return dev, fmt.Errorf("read log: %w", err)
		}
		if strings.Contains(string(log), "gatehouse: ready ") {
			break
		}
		select {
		case <-f.ended:
			return dev, fmt.Errorf("it ended: %s", f.cmd.ProcessState)
		case <-ctx.Done():
			return dev, ctx.Err()
		case <-tick.C:
		}
	}
	raw, err := os.ReadFile(file) //nolint:gosec // of the directory it was started in
	if err != nil {
		return dev, fmt.Errorf("read %s: %w", demo.FileName, err)
	}
	return dev, json.Unmarshal(raw, &dev)
}

// look has the browser go through the console, as who owns it, several times.
func (l *lab) look(ctx context.Context, at object) (v views, err error) {
	c, err := l.consoleOf(ctx)
	if err != nil {
		return v, err
	}
	slug, owner, err := c.owner()
	if err != nil {
		return v, err
	}
	maps.Copy(at, object{"chromium": c.chromium, "base": c.dev.BaseURL, "slug": slug, "person": owner, "runs": l.looks})
	asked, err := json.Marshal(at)
	if err != nil {
		return v, fmt.Errorf("encode what to look at: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, buildLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "journeys/measure.mjs")
	cmd.Dir, cmd.Stdin = filepath.Join(c.root, "web"), strings.NewReader(string(asked))
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it closes the browser
	cmd.WaitDelay = farewell
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return v, fmt.Errorf("look at the console: %w: %.600s", err, complaint.String())
	}
	if err := json.Unmarshal(out, &v); err != nil {
		return v, fmt.Errorf("read what the browser saw: %w", err)
	}
	return v, nil
}

// owner is somebody who is shown every page of an organization.
func (c *console) owner() (slug, oid string, err error) {
	for _, o := range c.dev.Orgs {
		for _, u := range o.Users {
			if strings.HasPrefix(u.Username, "carol@") {
				return o.Slug, u.OID, nil
			}
		}
	}
	return "", "", errors.New("no organization has a carol")
}
