package store

import (
	"gorm.io/gorm"

	"gatehouse/internal/access"
	"gatehouse/internal/tenants"
)

type limitRow struct {
	OrgID     tenants.ID `gorm:"primaryKey"`
	Name      string     `gorm:"primaryKey"`
	Subject   tenants.LimitSubject
	ClientID  string
	Tool      string
	RateCalls int
	RateEvery tenants.LimitInterval
	RateBurst int
	PerDay    int64
	Uncounted tenants.Admission
}

func (limitRow) TableName() string { return "limits" }

func limitItems(org tenants.ID, c access.Configuration) ([]item, error) {
	items := make([]item, len(c.Limits))
	for n, l := range c.Limits {
		var err error
		items[n], err = newItem("limit "+l.Name, shownLimit(l), &limitRow{
			OrgID: org, Name: l.Name, Subject: l.Per, ClientID: l.Client, Tool: l.Tool,
			RateCalls: l.Rate.Calls, RateEvery: l.Rate.Every, RateBurst: l.Rate.Burst, PerDay: l.PerDay, Uncounted: l.Uncounted,
		})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

// shownLimit is what the log says of a limit.
func shownLimit(l tenants.Limit) map[string]any {
	shown := map[string]any{"per": l.Per, "when_uncounted": l.Uncounted}
	if l.Client != "" {
		shown["client"] = l.Client
	}
	if l.Tool != "" {
		shown["tool"] = l.Tool
	}
	if l.Rate != (tenants.LimitRate{}) {
		shown["rate"] = map[string]any{"calls": l.Rate.Calls, "every": l.Rate.Every, "burst": l.Rate.Burst}
	}
	if l.PerDay > 0 {
		shown["calls_per_day"] = l.PerDay
	}
	return shown
}

func readLimits(tx *gorm.DB) ([]tenants.Limit, error) {
	var rows []limitRow
	if err := tx.Order("name").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]tenants.Limit, len(rows))
	for i, r := range rows {
		list[i] = tenants.Limit{
			Name: r.Name, Per: r.Subject, Client: r.ClientID, Tool: r.Tool,
			Rate: tenants.LimitRate{Calls: r.RateCalls, Every: r.RateEvery, Burst: r.RateBurst}, PerDay: r.PerDay, Uncounted: r.Uncounted,
		}
	}
	return list, nil
}
