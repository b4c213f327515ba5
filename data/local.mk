sampledir = $(pkgdatadir)/sample
dist_sample_DATA = data/sample/campaign.cfg data/sample/body.html data/sample/body.txt
layoutsdir = $(pkgdatadir)/layouts
dist_layouts_DATA = data/layouts/plain.html data/layouts/newsletter.html \
	data/layouts/announcement.html
tablesdir = $(pkgdatadir)
dist_tables_DATA = data/faults.cfg data/providers.cfg
