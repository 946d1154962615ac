package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"gatehouse/internal/audit/witness"
	"gatehouse/internal/manage"
)

var platformLog = command{"platform", "prove that a checkpoint is in the platform's own log: gatehouse audit platform [FILE] --key KEY", runPlatformLog}

func runPlatformLog(ctx context.Context, p process, args []string) error {
	var (
		o organization
		b brought
	)
	set := p.flags("audit platform")
	o.register(set)
	b.register(set)
	since := set.String("since", "", "file with a checkpoint of the platform's log that somebody else holds, or you since long")
	out := set.String("out", "", "file to keep the proof in, which this command takes; left out: none")
	file, err := parseAtMostOne(set, args)
	if err != nil {
		return noVerdict(err)
	}
	trusted, err := p.trusted(b, set)
	if err != nil {
		return noVerdict(err)
	}
	trust := witness.Trust{Keys: trusted.Keys, Held: trusted.Checkpoint, Origin: trusted.Origin}
	if givenIn(set)["since"] {
		if trust.Platform, err = p.source.ReadFile(*since); err != nil {
			return noVerdict(fmt.Errorf("--since: %w", err))
		}
	}
	text, err := p.platformProof(ctx, o, file, trust)
	if err != nil {
		return noVerdict(err)
	}
	report, err := witness.Verify(text, trust)
	if err == nil && *out != "" {
		err = p.write(*out, func(to io.Writer) error {
			_, err := to.Write(text)
			return err
		})
	}
	if _, said := io.WriteString(p.out, report.String()); errors.Join(err, said) != nil {
		return noVerdict(errors.Join(err, said))
	}
	switch {
	case report.Wrong != nil:
		return errWrong
	case !report.Proven():
		return errUnchecked
	}
	return nil
}

// platformProof reads a proof that somebody has kept, or asks for one.
func (p process) platformProof(ctx context.Context, o organization, file string, t witness.Trust) ([]byte, error) {
	if file == "" {
		client, err := o.client(p)
		if err != nil {
			return nil, err
		}
		return manage.PlatformProof(ctx, client, t.Held, t.Platform)
	}
	in, err := p.open(file)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(in, witness.Most+1))
	return text, errors.Join(err, in.Close())
}
