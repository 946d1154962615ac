//go:build unix

package devstack

import (
	"context"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
)

// Role is a database role that logs in with a password.
type Role struct{ Name, Password string }

// Admit lets existing roles log in with their passwords. In production whoever
// runs the platform does this in their own way.
func (p *Postgres) Admit(ctx context.Context, roles ...Role) error {
	return p.asSuperuser(ctx, func(c *pgx.Conn) error {
		for _, r := range roles {
			literal, err := c.PgConn().EscapeString(r.Password)
			if err != nil {
				return fmt.Errorf("let role %s log in: %w", r.Name, err)
			}
			if _, err := c.Exec(ctx, "ALTER ROLE "+quote(r.Name)+" LOGIN PASSWORD '"+literal+"'"); err != nil {
				return fmt.Errorf("let role %s log in: %w", r.Name, err)
			}
		}
		return nil
	})
}

// URLAs returns the connection string of a role for a database of the server.
func (p *Postgres) URLAs(r Role, database string) string {
	u := p.base
	u.User, u.Path = url.UserPassword(r.Name, r.Password), "/"+database
	return u.String()
}
