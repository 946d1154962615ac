//go:build unix

package devstack

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// account is who a server runs as. PostgreSQL refuses to run as root, so root
// lends it another account; everybody else runs it as themselves.
type account struct {
	uid, gid uint32
	lent     bool
}

// serverAccount returns the account for servers of this process.
func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: id(os.Geteuid()), gid: id(os.Getegid())}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(errUID, errGID); err != nil {
			return account{}, fmt.Errorf("read ids of account %q: %w", name, err)
		}
		return account{uid: uint32(uid), gid: uint32(gid), lent: true}, nil
	}
	return account{}, errors.New("find an unprivileged account: PostgreSQL does not run as root and neither " +
		`"postgres" nor "nobody" exists: create one of them or run as an ordinary user`)
}

// id converts what the kernel reports as a user or group id.
func id(n int) uint32 { return uint32(n) } //nolint:gosec // kernel ids fit 32 bits by definition

// lend makes cmd run as a. Supplementary groups are dropped with the identity.
func (a account) lend(cmd *exec.Cmd) {
	if a.lent {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
}

// give makes a the owner of path.
func (a account) give(path string) error {
	if !a.lent {
		return nil
	}
	if err := os.Chown(path, int(a.uid), int(a.gid)); err != nil {
		return fmt.Errorf("give %s to the server's account: %w", path, err)
	}
	return nil
}
