package main

import (
	"context"
	"time"

	"gatehouse/internal/app"
)

var rotateKEK = command{
	name:    "rotate-kek",
	summary: "wrap every organization's key under the current key-encryption key (the variables of the api process)",
	run: func(ctx context.Context, p process, args []string) error {
		if err := parse(p.flags("rotate-kek"), args); err != nil {
			return err
		}
		c, err := p.source.API()
		if err != nil {
			return err
		}
		return app.RotateKEK(ctx, c, p.out, time.Now)
	},
}
