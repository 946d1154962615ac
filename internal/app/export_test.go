package app

import (
	"net/http"
	"net/url"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/notify"
	"gatehouse/internal/telemetry"
)

// SchemaForTest serves the schema of org.yaml.
func SchemaForTest(base url.URL) (http.Handler, error) { return newSchema(base) }

// NotifierForTest is what a process with this configuration tells contacts with, and what ends its
// connections.
func NotifierForTest(c config.Process, t *telemetry.Telemetry) (*notify.Sender, func(), error) {
	sender, web, err := newNotifier(process{c, t, time.Now})
	if err != nil {
		return nil, nil, err
	}
	return sender, web.Close, nil
}
