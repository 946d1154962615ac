package jobs

import (
	"context"
	"fmt"
	"log/slog"
)

// queueLog passes on what asynq says about itself. Nothing that it calls fatal ends
// the process.
type queueLog struct{ to *slog.Logger }

// Debug implements asynq.Logger.
func (l queueLog) Debug(words ...any) { l.say(slog.LevelDebug, words) }

// Info implements asynq.Logger.
func (l queueLog) Info(words ...any) { l.say(slog.LevelInfo, words) }

// Warn implements asynq.Logger.
func (l queueLog) Warn(words ...any) { l.say(slog.LevelWarn, words) }

// Error implements asynq.Logger. Redis may go and come back, so that nothing of it
// is worse than a warning.
func (l queueLog) Error(words ...any) { l.say(slog.LevelWarn, words) }

// Fatal implements asynq.Logger.
func (l queueLog) Fatal(words ...any) { l.say(slog.LevelError, words) }

func (l queueLog) say(level slog.Level, words []any) {
	l.to.LogAttrs(context.Background(), level, "queue", slog.String("said", fmt.Sprint(words...)))
}
