package manage

import (
	"context"
	"fmt"
	"io"

	"gatehouse/internal/orgfile"
)

// Extent says how much of an organization is exported.
type Extent uint8

// The extents.
const (
	Changeable Extent = iota // what Apply can change: all but who administers the organization
	WithGrants               // that too
)

// Export writes the organization's configuration to out as org.yaml.
func Export(ctx context.Context, c *Client, extent Extent, out io.Writer) error {
	now, err := c.Configuration(ctx)
	if err != nil {
		return err
	}
	if extent == Changeable {
		now.Document.RoleGrants = nil
	}
	text, err := now.Document.YAML(c.Base.JoinPath(orgfile.SchemaPath).String())
	if err != nil {
		return err
	}
	if _, err := out.Write(text); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}
