package main

import (
	"context"
	"io"

	"gatehouse/internal/manage"
)

var showLog = command{"log", "show the log's name, its keys and how far it is sealed; or keep its checkpoint", runLog}

func runLog(ctx context.Context, p process, args []string) error {
	var o organization
	set := p.flags("audit log")
	o.register(set)
	keys := set.String("keys", "", "file that the keys are written into, for --key of verify; - is the output")
	checkpoint := set.String("checkpoint", "", "file that the latest checkpoint is written into, for --checkpoint of verify; - is the output")
	if err := parse(set, args); err != nil {
		return err
	}
	client, err := o.client(p)
	if err != nil {
		return err
	}
	head, err := manage.ReadLogHead(ctx, client)
	if err != nil {
		return err
	}
	for _, w := range []struct{ name, text string }{{*keys, head.KeyLines()}, {*checkpoint, head.Checkpoint}} {
		if w.name == "" {
			continue
		}
		err := p.write(w.name, func(out io.Writer) error {
			_, err := io.WriteString(out, w.text)
			return err
		})
		if err != nil {
			return err
		}
	}
	if *keys == "-" || *checkpoint == "-" {
		return nil
	}
	return head.WriteText(p.out)
}
