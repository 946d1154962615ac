package config

import (
	"fmt"
	"io"
	"os"
)

// Source is where values come from.
type Source struct {
	// Environ holds NAME=value lines, as os.Environ returns them. The last of
	// several lines for one name counts.
	Environ []string
	// ReadFile returns the content of the file that a NAME_FILE variable names.
	ReadFile func(path string) ([]byte, error)
}

// FromEnvironment is the environment and the file system of this process.
func FromEnvironment() Source {
	return Source{Environ: os.Environ(), ReadFile: readFile}
}

// maxFile bounds what is read of a file: values are keys and URLs.
const maxFile = 64 << 10

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxFile {
		return nil, fmt.Errorf("read %s: more than %d bytes", path, maxFile)
	}
	return content, nil
}

// API returns the configuration of cmd/api. The error, if any, is an Errors.
func (s Source) API() (API, error) { return load(s, API.problems) }

// Worker returns the configuration of cmd/worker. The error, if any, is an Errors.
func (s Source) Worker() (Worker, error) { return load(s, Worker.problems) }

// Migrate returns the configuration of `gatehouse migrate`. The error, if any,
// is an Errors.
func (s Source) Migrate() (Migrate, error) { return load(s, Migrate.problems) }

// Dev returns what cmd/gatehouse-dev and the tests take from the environment.
// The error, if any, is an Errors.
func (s Source) Dev() (Dev, error) { return load(s, Dev.problems) }
