// Command gatehouse-dev runs the whole platform on a laptop: the api process, a
// PostgreSQL, and an emulator of Microsoft Entra ID and Microsoft Graph with two
// organizations to play with. It is no part of any image.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const usage = `usage: gatehouse-dev [flags]                 run the platform until interrupted
       gatehouse-dev tour [flags]            show in half a minute what the platform that runs does
       gatehouse-dev emulator [flags]        run Entra ID and Microsoft Graph alone
       gatehouse-dev audit [flags] <org>     print an organization's log, one record a line
       gatehouse-dev tamper [flags] <edit|rewrite|undo> <org>
                                             do to a log what whoever runs the platform could
       gatehouse-dev mail [flags]            print what was sent by mail and webhook
       gatehouse-dev sign-in [flags] <user>  sign somebody in and print the session's cookie

"-h" lists the flags of each.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "gatehouse-dev:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) > 0 && args[0] == "audit":
		return printLog(ctx, args[1:], os.Stdout)
	case len(args) > 0 && args[0] == "tamper":
		return tamper(ctx, args[1:], os.Stdout)
	case len(args) > 0 && args[0] == "tour":
		return takeTour(ctx, args[1:], os.Stdout)
	case len(args) > 0 && args[0] == "mail":
		return printMail(ctx, args[1:], os.Stdout)
	case len(args) > 0 && args[0] == "sign-in":
		return signIn(ctx, args[1:], os.Stdout)
	case len(args) > 0 && args[0] == "emulator":
		return emulate(ctx, args[1:])
	default:
		return serve(ctx, args)
	}
}
