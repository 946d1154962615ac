package manage

import (
	"context"
	"fmt"
	"io"

	"gatehouse/internal/orgfile"
)

// Export writes the organization's configuration to out as org.yaml.
func Export(ctx context.Context, c *Client, out io.Writer) error {
	now, err := c.Configuration(ctx)
	if err != nil {
		return err
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
