package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"gatehouse/internal/fault"
)

// Guard refuses a connection whose role could look past row level security, or
// whose server could lose what it has confirmed. The error joins all complaints.
func Guard(ctx context.Context, url string) (err error) {
	conf, err := connConfig(url)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "the database cannot be reached; check its URL and that it runs", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	return errors.Join(guardRole(ctx, conn), guardDurability(ctx, conn))
}

// GuardRole is Guard without the durability of the server: development may run
// a database that forgets.
func GuardRole(ctx context.Context, url string) (err error) {
	conf, err := connConfig(url)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "the database cannot be reached; check its URL and that it runs", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	return guardRole(ctx, conn)
}

func guardRole(ctx context.Context, conn *pgx.Conn) error {
	var name string
	var super, bypass, owner bool
	err := conn.QueryRow(ctx, `
		SELECT rolname, rolsuper, rolbypassrls,
		       EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		               WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND pg_has_role(current_user, c.relowner, 'MEMBER'))
		FROM pg_roles WHERE rolname = current_user`).Scan(&name, &super, &bypass, &owner)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "the database role cannot be examined", err)
	}
	var errs []error
	if super {
		errs = append(errs, fault.Newf(fault.Invalid, "database role %s is a superuser, which row level security does not bind; connect as gatehouse_api or gatehouse_audit_writer", name))
	}
	if bypass {
		errs = append(errs, fault.Newf(fault.Invalid, "database role %s has BYPASSRLS; take it away", name))
	}
	if owner && !super {
		errs = append(errs, fault.Newf(fault.Invalid, "database role %s owns tables, or is a member of their owner; let another role own them", name))
	}
	return errors.Join(errs...)
}

func guardDurability(ctx context.Context, conn *pgx.Conn) error {
	var errs []error
	for _, setting := range []string{"fsync", "synchronous_commit"} {
		var value string
		if err := conn.QueryRow(ctx, "SELECT current_setting($1)", setting).Scan(&value); err != nil {
			return fault.Wrap(fault.Unavailable, "the database settings cannot be examined", err)
		}
		if value == "off" {
			errs = append(errs, fault.Newf(fault.Invalid, "the database runs with %s=off and may lose confirmed audit records; switch it on", setting))
		}
	}
	return errors.Join(errs...)
}
