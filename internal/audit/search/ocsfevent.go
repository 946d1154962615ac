package search

import "encoding/json"

// The attributes of OCSF that records fill.
type (
	ocsfEvent struct {
		Activity     int                        `json:"activity_id"`
		ActivityName string                     `json:"activity_name"`
		Category     int                        `json:"category_uid"`
		Class        int                        `json:"class_uid"`
		ClassName    string                     `json:"class_name"`
		Type         int                        `json:"type_uid"`
		Time         int64                      `json:"time"` // milliseconds
		Severity     int                        `json:"severity_id"`
		Status       int                        `json:"status_id"`
		StatusCode   string                     `json:"status_code,omitempty"`
		StatusDetail string                     `json:"status_detail,omitempty"`
		Duration     int64                      `json:"duration,omitempty"` // milliseconds
		Count        int64                      `json:"count,omitempty"`
		Metadata     ocsfMetadata               `json:"metadata"`
		Actor        ocsfActor                  `json:"actor"`
		From         *ocsfEndpoint              `json:"src_endpoint,omitempty"`
		User         *ocsfUser                  `json:"user,omitempty"`
		Service      *ocsfNamed                 `json:"service,omitempty"`
		API          *ocsfAPI                   `json:"api,omitempty"`
		Resources    []ocsfNamed                `json:"resources,omitempty"`
		Privileges   []string                   `json:"privileges,omitempty"`
		Entity       *ocsfNamed                 `json:"entity,omitempty"`
		Group        *ocsfNamed                 `json:"group,omitempty"`
		Finding      ocsfFinding                `json:"finding_info_list,omitempty"`
		LogName      string                     `json:"log_name,omitempty"`
		Unmapped     map[string]json.RawMessage `json:"unmapped,omitempty"`
	}
	ocsfMetadata struct {
		Version     string      `json:"version"`
		Product     ocsfProduct `json:"product"`
		UID         string      `json:"uid,omitempty"`
		Correlation string      `json:"correlation_uid,omitempty"`
		Sequence    int64       `json:"sequence"`
		LogName     string      `json:"log_name"`
		Tenant      string      `json:"tenant_uid,omitempty"`
		Logged      int64       `json:"logged_time,omitempty"`
		Profiles    []string    `json:"profiles,omitempty"`
	}
	ocsfProduct struct {
		Name    string `json:"name"`
		Vendor  string `json:"vendor_name"`
		Version string `json:"version"`
	}
	ocsfActor struct {
		User    *ocsfUser    `json:"user,omitempty"`
		Session *ocsfSession `json:"session,omitempty"`
		App     string       `json:"app_uid,omitempty"`
	}
	ocsfUser struct {
		UID    string     `json:"uid,omitempty"`
		Name   string     `json:"name,omitempty"`
		Type   string     `json:"type,omitempty"`
		TypeID int        `json:"type_id"`
		Org    *ocsfNamed `json:"org,omitempty"`
	}
	ocsfSession struct {
		UID string `json:"uid"`
	}
	ocsfEndpoint struct {
		IP   string `json:"ip,omitempty"`
		Name string `json:"name,omitempty"`
	}
	ocsfNamed struct {
		Name string `json:"name,omitempty"`
		Type string `json:"type,omitempty"`
		UID  string `json:"uid,omitempty"`
	}
	ocsfAPI struct {
		Operation string     `json:"operation"`
		Service   ocsfNamed  `json:"service"`
		Request   *ocsfNamed `json:"request,omitempty"`
	}
	ocsfFinding []ocsfFound
	ocsfFound   struct {
		UID   string `json:"uid"`
		Title string `json:"title"`
	}
)
