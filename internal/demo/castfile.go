package demo

import (
	_ "embed"
	"strings"

	"gatehouse/internal/emulator/seed"
)

// CastYAML is the Entra tenants of the world as a seed for an emulator alone,
// in YAML. The Go of this package is their source, because the organizations'
// rules and dev.json come from it too; a test writes the file and holds it to
// Directories. Its endpoints are those of gatehouse-dev's usual ports, and its
// client secrets, which a running world derives from its own key, are known to
// everybody.
//
//go:embed cast.yaml
var CastYAML string

// Cast reads CastYAML.
func Cast() (*seed.Document, error) { return seed.Read("cast.yaml", strings.NewReader(CastYAML)) }
