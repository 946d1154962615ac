package entra

import (
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"strings"

	"gatehouse/internal/fault"
)

// workloadCredential is the projected token of a Kubernetes pod.
type workloadCredential struct{ path string }

// WorkloadIdentityCredential proves with the service account token that
// Kubernetes projects into a file (Microsoft, "Microsoft Entra Workload ID on
// AKS", AZURE_FEDERATED_TOKEN_FILE), for a federated credential that trusts the
// cluster. The file is read for every request, so that a rotated token is used
// at once. A file that is missing or holds no token is Unavailable.
func WorkloadIdentityCredential(path string) (Credential, error) {
	if path == "" {
		return nil, fault.New(fault.Invalid, "workload identity: the path of the projected token is empty; set it to the value of AZURE_FEDERATED_TOKEN_FILE")
	}
	return &workloadCredential{path}, nil
}

// Apply implements Credential.
func (c *workloadCredential) Apply(_ context.Context, _ string, form url.Values) error {
	token, err := c.read()
	if err != nil {
		return fault.Wrap(fault.Unavailable, "the platform's workload identity has no token now; its operator has to look at the pod's projected token", err)
	}
	applyAssertion(form, token)
	return nil
}

var errNoProjectedToken = errors.New("the projected token file holds no signed JWT")

func (c *workloadCredential) read() (string, error) {
	f, err := os.Open(c.path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxToken+1))
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(raw))
	if !isCompact(token) {
		return "", errNoProjectedToken
	}
	return token, nil
}

// String implements fmt.Stringer.
func (*workloadCredential) String() string { return dots }
