package console

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/audit/platform"
	"gatehouse/internal/tenants"
)

// PlatformProofs proves that checkpoints of an organization are in the platform's own
// log.
type PlatformProofs interface {
	// Organization is NotFound while there is no such entry, and Invalid where the log never
	// was of the size that whoever asks says.
	Organization(ctx context.Context, org tenants.ID, w platform.Wanted) ([]byte, error)
}

type platformProofInput struct {
	InOrganization
	Held  int64 `query:"held" minimum:"0" doc:"How many records the organization's checkpoint has that you hold, the number on its second line. Left out: the newest entry, and nothing is proven of what you hold."`
	Since int64 `query:"since" minimum:"0" doc:"How many entries the platform's checkpoint has that you, or somebody else, hold. Left out: nothing is proven of it."`
}

func (c *Console) logPlatformRoutes(api huma.API) {
	inside(c, api, tenants.Viewer, route{
		ID: "getPlatformProof", Method: http.MethodGet, Path: "/log/platform", Tag: "log", Summary: "Prove that a checkpoint is in the platform's log",
		Media: []string{jsonMedia},
		Description: "The newest checkpoint of every organization goes into one log of the platform's, once an hour, salted, so that nobody can tell whose an entry is. " +
			"gatehouse audit platform asks for the proof and checks it; docs/audit-format.md describes it.",
	}, c.getPlatformProof)
}

const jsonMedia = "application/json"

func (c *Console) getPlatformProof(ctx context.Context, by Actor, in *platformProofInput) (*Streamed, error) {
	text, err := c.PlatformProofs.Organization(ctx, by.Org(), platform.Wanted{Held: in.Held, Since: in.Since})
	if err != nil {
		return nil, err
	}
	return streamed(ctx, c, in.visit, stream{jsonMedia, "platform-proof.json", func(_ context.Context, out io.Writer) error {
		_, err := out.Write(text)
		return err
	}, func() {}}), nil
}
