// Package browser drives a real headless Chromium for tests of pages.
//
// It speaks the DevTools protocol over a pipe, which needs no port and no library.
// What it reports is what a reader would get: errors of the console, requests that
// left the page, the size of the page, a picture, a PDF.
//
// Only tests import it.
package browser
