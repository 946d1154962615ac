//go:build unix

package devstack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// pointer names, in a data directory, the home that lies elsewhere.
const pointer = "postgres.location"

// keptHome returns the home whose state lives on with the data directory. It
// lies in that directory, unless the server runs under a lent account: then it
// lies where that account can work, and the directory holds a pointer to it.
func keptHome(data string, a account) (*home, error) {
	data, err := filepath.Abs(data)
	if err != nil {
		return nil, fmt.Errorf("resolve data directory: %w", err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	h, err := findKept(data, a)
	if errors.Is(err, errInUse) {
		return nil, fmt.Errorf("open data directory %s: a running process uses it: stop that one or choose another directory", data)
	}
	if err != nil {
		return nil, err
	}
	if err := evict(h.dir); err != nil {
		return nil, errors.Join(err, h.leave())
	}
	return h, nil
}

// findKept takes the home of data over from its last owner, or makes one.
func findKept(data string, a account) (*home, error) {
	dir := filepath.Join(data, "postgres")
	if !a.lent {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make data directory: %w", err)
		}
	} else {
		dir = pointedAt(data)
	}
	if dir == "" {
		return newKept(data, a)
	}
	h, err := settle(dir, a)
	if err != nil {
		return nil, err
	}
	h.kept = true
	return h, nil
}

// newKept makes a home outside data, and points at it.
func newKept(data string, a account) (*home, error) {
	h, err := makeHome(prefixKept, a)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		os.WriteFile(h.file(pointerBack), []byte(data+"\n"), 0o600),
		os.WriteFile(filepath.Join(data, pointer), []byte(h.dir+"\n"), 0o600),
	)
	if err != nil {
		h.kept = false
		return nil, errors.Join(fmt.Errorf("point at server directory: %w", err), h.leave())
	}
	return h, nil
}

// pointedAt returns the home that data's pointer names, if it is a home of ours
// that still exists.
func pointedAt(data string) string {
	b, err := os.ReadFile(filepath.Join(data, pointer))
	dir := strings.TrimSpace(string(b))
	if err != nil || !strings.HasPrefix(filepath.Base(dir), prefixKept) || !ours(dir) {
		return ""
	}
	return dir
}

// Discard removes what a server kept for the data directory, and stops the
// server if its owner left it running. It fails if a live process uses it;
// nothing there is not an error. Files of others in the directory stay.
func Discard(data string) error {
	a, err := serverAccount()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(data, "postgres")); err != nil && pointedAt(data) == "" {
		return nil
	}
	h, err := keptHome(data, a)
	if err != nil {
		return err
	}
	h.kept = false
	return errors.Join(h.leave(), remove(filepath.Join(data, pointer)))
}

// remove removes a file that need not exist.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
