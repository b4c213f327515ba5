sampledir = $(pkgdatadir)/sample
dist_sample_DATA = data/sample/campaign.cfg data/sample/body.html data/sample/body.txt
