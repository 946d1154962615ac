package console

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/telemetry"
)

// The media types of what is not JSON.
const (
	ndjson   = "application/x-ndjson"
	csvMedia = "text/csv"
)

// Streamed is an answer that is sent while it is made.
type Streamed struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition" doc:"A name for the file."`
	Body        func(huma.Context)
}

// stream is what is sent, under which name.
type stream struct {
	media, name string
	write       func(ctx context.Context, out io.Writer) error
	close       func()
}

// patience is how long a client may take to accept what was written, 64 kB at most.
const patience = time.Minute

// streamed answers with a stream. One that fails when some of it has left is broken
// off, which the client sees: its end is missing.
func streamed(ctx context.Context, c *Console, v *visit, s stream) *Streamed {
	if s.media == csvMedia {
		s.media += "; charset=utf-8; header=present"
	}
	return &Streamed{s.media, `attachment; filename="` + s.name + `"`, func(answer huma.Context) {
		defer s.close()
		out := &patient{out: answer.BodyWriter()}
		out.control = http.NewResponseController(out.out.(http.ResponseWriter)) //nolint:forcetypeassert // gin's
		err := s.write(ctx, out)
		if err == nil {
			_ = out.control.SetWriteDeadline(time.Time{}) // the connection serves on
			return
		}
		if ctx.Err() == nil {
			c.Log.LogAttrs(ctx, slog.LevelError, "answer is broken off", slog.String(telemetry.LogRequest, v.id),
				slog.String("operation", v.Operation().OperationID), telemetry.Err(err))
		}
		panic(http.ErrAbortHandler)
	}}
}

// patient is a client that has only so long for each piece.
type patient struct {
	out     io.Writer
	control *http.ResponseController
}

func (p *patient) Write(piece []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(patience)) // a recorder in a test has none
	n, err := p.out.Write(piece)
	if err == nil {
		_ = p.control.Flush()
	}
	return n, err
}
