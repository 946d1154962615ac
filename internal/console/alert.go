package console

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/internal/notify"
	"gatehouse/internal/tenants"
	"gatehouse/internal/watch"
)

// Alerts reads what is noticed about organizations.
type Alerts interface {
	// Noticed returns what is noticed about an organization or was lately, with what
	// contacts were told.
	Noticed(ctx context.Context, org tenants.ID) ([]watch.Noticed, error)
	// Worded says an alert in words.
	Worded(o tenants.Organization, a watch.Alert) notify.Item
}

// Alert is something that was noticed and that somebody should know.
type Alert struct {
	ID         tenants.GUID    `json:"id" format:"uuid"`
	Kind       watch.Kind      `json:"kind" doc:"For programs: credential_expiring, consent_withdrawn, federation_broken, app_refused, membership_delayed, source_failing, definitions_pending, sink_failing, export_failing, bodies_readable or log_weakened. There may be more later."`
	Severity   notify.Severity `json:"severity" enum:"info,warning,critical" doc:"critical: people are refused, or will be within days; or the log is weakened. warning: something does not work as it should. info: somebody should look."`
	Title      string          `json:"title"`
	Text       string          `json:"text" doc:"What it means for people; once it is over, what is the case then."`
	Remedy     string          `json:"remedy,omitempty" doc:"What to do, in the words of the Entra admin center where that is the place."`
	Link       string          `json:"link,omitempty" doc:"There."`
	Since      time.Time       `json:"since" doc:"When it was noticed."`
	ResolvedAt *time.Time      `json:"resolvedAt,omitempty" doc:"When its cause was gone. Left out: it is open."`
	Deliveries []AlertDelivery `json:"deliveries" doc:"What contacts were told, the last first."`
}

// AlertDelivery is what one contact was told, or is to be told.
type AlertDelivery struct {
	Contact  string      `json:"contact" doc:"Name of the contact then."`
	Kind     notify.Kind `json:"kind" enum:"alert,resolved,digest" doc:"What the message says of the alert."`
	State    string      `json:"state" enum:"waiting,sent,refused,gave_up,dropped" doc:"waiting: it is tried, or tried again at nextAt. sent: the mail server or the webhook took it. refused: it never will. gave_up: it was tried for three days. dropped: the contact was removed."`
	Trouble  string      `json:"trouble,omitempty" doc:"What went wrong at the last attempt."`
	Attempts int         `json:"attempts"`
	MadeAt   time.Time   `json:"madeAt"`
	NextAt   *time.Time  `json:"nextAt,omitempty"`
	DoneAt   *time.Time  `json:"doneAt,omitempty"`
}

func alertOf(a watch.Noticed, said notify.Item) Alert {
	shown := Alert{
		ID: a.ID, Kind: a.Kind, Severity: said.Severity, Title: visible(said.Title), Text: said.Text, Remedy: said.Remedy, Link: said.URL,
		Since: a.OpenedAt, ResolvedAt: instant(a.ResolvedAt), Deliveries: each(a.Deliveries, alertDeliveryOf),
	}
	return shown
}

func alertDeliveryOf(d watch.Delivery) AlertDelivery {
	state := string(d.Outcome)
	if d.Outcome == watch.Waiting {
		state = "waiting"
	}
	return AlertDelivery{
		Contact: d.Name, Kind: d.Kind, State: state, Trouble: d.Trouble, Attempts: d.Attempts, MadeAt: d.MadeAt, NextAt: instant(d.DueAt), DoneAt: instant(d.DoneAt),
	}
}

type alertsInput struct {
	InOrganization
	Paging
	State string `query:"state" enum:"open,all" default:"all" doc:"open: only those whose cause is there."`
}

func (c *Console) alertRoutes(api huma.API) {
	inside(c, api, tenants.Viewer, route{
		ID: "listAlerts", Method: http.MethodGet, Path: "/alerts", Tag: "contacts", Summary: "List what was noticed",
		Description: "What is open, and what is over for less than 90 days: what is open first, of that and of the rest the last noticed. Contacts are told; a worker has to run.",
	}, c.listAlerts)
}

func (c *Console) listAlerts(ctx context.Context, by Actor, in *alertsInput) (*Listed[Alert], error) {
	all, err := c.Alerts.Noticed(ctx, by.Org())
	if err != nil {
		return nil, err
	}
	if in.State == "open" {
		all = slices.DeleteFunc(all, func(a watch.Noticed) bool { return !a.Open() })
	}
	shown := each(all, func(a watch.Noticed) Alert { return alertOf(a, c.Alerts.Worded(by.Organization, a.Alert)) })
	return cut(ctx, c, by, in.Paging, listing[Alert]{"listAlerts", shown, Alert.order})
}

// order puts what is open first, and the last noticed before the others.
func (a Alert) order() string {
	over := 0
	if a.ResolvedAt != nil {
		over = 1
	}
	return fmt.Sprintf("%d %019d %s", over, math.MaxInt64-a.Since.UnixNano(), a.ID)
}
