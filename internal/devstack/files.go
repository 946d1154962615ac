//go:build unix

package devstack

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const passwordFile = "password"

// filesVersion returns the major version that wrote the cluster in h, 0 if
// there is none.
func filesVersion(h *home) (int, error) {
	b, err := os.ReadFile(filepath.Join(h.files(), "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read cluster version: %w", err)
	}
	v, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0, fmt.Errorf("read cluster version: %w", err)
	}
	return v, nil
}

// initFiles makes a cluster with a random superuser password. It appears under
// its final name when complete: an interrupted one is made again.
func initFiles(ctx context.Context, h *home, a account, b binaries) error {
	ctx, cancel := context.WithTimeout(ctx, initTimeout)
	defer cancel()
	if err := writeSecret(h.file(passwordFile), rand.Text(), a); err != nil {
		return err
	}
	fresh := h.file("new")
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("remove half-made cluster: %w", err)
	}
	argv := []string{
		b.path("initdb"), "--pgdata", fresh, "--username", superuser, "--pwfile", h.file(passwordFile),
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C",
	}
	if !h.kept {
		argv = append(argv, "--no-sync")
	}
	if out, err := command(ctx, a, h.dir, argv...).CombinedOutput(); err != nil {
		return fmt.Errorf("run initdb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	if err := os.Rename(fresh, h.files()); err != nil {
		return fmt.Errorf("name cluster: %w", err)
	}
	return nil
}

// writeSecret writes a file that only the server's account can read.
func writeSecret(path, secret string, a account) error {
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return fmt.Errorf("write secret: %w", err)
	}
	return a.give(path)
}

// settings returns the command line of a server on the port. Sockets in the
// file system are off: their names outlive a killed server and collide.
func settings(o PostgresOptions, port string) []string {
	all := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    port,
		"unix_socket_directories": "",
		"max_connections":         strconv.Itoa(maxConnection),
		"jit":                     "off", // compiling costs more than small queries take
		"timezone":                "UTC",
		"logging_collector":       "off",
	}
	if o.Durability == Volatile {
		all["fsync"], all["synchronous_commit"], all["full_page_writes"] = "off", "off", "off"
		all["max_wal_size"] = "128MB" // it may lie in memory
	}
	for name, value := range o.Settings {
		all[name] = value
	}
	var argv []string
	for name, value := range all {
		argv = append(argv, "-c", name+"="+value)
	}
	return argv
}
