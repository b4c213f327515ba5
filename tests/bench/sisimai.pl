# What Sisimai says about the mails named on standard input, one name a line: a line of text for
# each recipient. The beginning of bounces.py's comparison, not a program of its own.
use strict;
use warnings;
use Sisimai;

while (my $name = <STDIN>) {
    chomp $name;
    # "delivered": also of mails that say it arrived, as the other side reads them.
    my $found = Sisimai->make($name, 'delivered' => 1);
    next unless $found;
    print join("\t", $name, $_->recipient->address, $_->deliverystatus, $_->reason), "\n"
        for @$found;
}
