// Package contents says what is in a backup: which objects by kind and name,
// which of them a selection takes and where they go, and which storage classes
// their claims want.
//
// It reads what Velero keeps beside a backup and knows neither the cluster nor
// steps.
package contents
