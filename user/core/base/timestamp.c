/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/base/timestamp.h"

#include <errno.h>
#include <stdbool.h>

#define NS_PER_S  1000000000LL
#define S_PER_DAY 86400LL

enum { YEAR_MIN = 1970, YEAR_MAX = 2261 };

/* What timestamp_format() writes, and so nearly every time that is read: where its parts begin. */
enum {
	USUAL_SIZE = TIMESTAMP_SIZE - 1,
	AT_MONTH = 5,
	AT_DAY = 8,
	AT_HOUR = 11,
	AT_MINUTE = 14,
	AT_SECOND = 17,
	AT_FRACTION = 20
};

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Leap years in the years 1 .. year-1 of the proleptic Gregorian calendar. */
static int64_t leaps_before(int64_t year)
{
	year--;
	return year / 4 - year / 100 + year / 400;
}

/* Exactly `n` digits at *at; false when they are not there. */
static bool take_digits(struct span *rest, size_t n, int *value)
{
	*value = 0;
	if (rest->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (rest->p[i] < '0' || rest->p[i] > '9')
			return false;
		*value = *value * 10 + (rest->p[i] - '0');
	}
	rest->p += n;
	rest->n -= n;
	return true;
}

static bool take_char(struct span *rest, char c)
{
	if (rest->n == 0 || rest->p[0] != c)
		return false;
	rest->p++;
	rest->n--;
	return true;
}

/* Days since 1970 of a day that there is. */
static bool days_of(int year, int month, int day, int64_t *days)
{
	static const short before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };

	if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month))
		return false;
	*days = (year - 1970) * 365 + leaps_before(year) - leaps_before(1970) + before[month - 1] +
		(month > 2 && is_leap(year)) + day - 1;
	return true;
}

static bool take_date(struct span *rest, int64_t *days)
{
	int year, month, day;

	if (!take_digits(rest, 4, &year) || !take_char(rest, '-') ||
	    !take_digits(rest, 2, &month) || !take_char(rest, '-') || !take_digits(rest, 2, &day))
		return false;
	return days_of(year, month, day, days);
}

static bool take_clock(struct span *rest, int64_t *seconds)
{
	int hour, minute, second;

	if (!take_digits(rest, 2, &hour) || !take_char(rest, ':') ||
	    !take_digits(rest, 2, &minute) || !take_char(rest, ':') ||
	    !take_digits(rest, 2, &second))
		return false;
	*seconds = hour * 3600LL + minute * 60 + second;
	return hour <= 23 && minute <= 59 && second <= 59;
}

static bool take_fraction(struct span *rest, int64_t *ns)
{
	int64_t unit = NS_PER_S;
	int digit;

	*ns = 0;
	if (!take_char(rest, '.'))
		return true;
	while (take_digits(rest, 1, &digit)) {
		if (unit == 1)
			return false;
		unit /= 10;
		*ns += digit * unit;
	}
	return unit < NS_PER_S;
}

static bool take_zone(struct span *rest, int64_t *seconds)
{
	int hour, minute, sign = 1;

	*seconds = 0;
	if (take_char(rest, 'Z'))
		return true;
	if (take_char(rest, '-'))
		sign = -1;
	else if (!take_char(rest, '+'))
		return false;
	if (!take_digits(rest, 2, &hour) || !take_char(rest, ':') || !take_digits(rest, 2, &minute))
		return false;
	*seconds = sign * (hour * 3600LL + minute * 60);
	return hour <= 23 && minute <= 59;
}

/* Two digits; what is none is noted in *odd. */
static inline int two(const char *p, unsigned int *odd)
{
	unsigned int tens = (unsigned int)(unsigned char)p[0] - '0',
		     ones = (unsigned int)(unsigned char)p[1] - '0';

	*odd |= tens > 9 || ones > 9;
	return (int)(tens * 10 + ones);
}

/* A time as timestamp_format() writes it, without a branch a digit. False: it may still be one. */
static bool usual_time(const char *p, int64_t *ns)
{
	unsigned int odd = p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' ||
			   p[16] != ':' || p[19] != '.' || p[USUAL_SIZE - 1] != 'Z';
	int year = two(p, &odd) * 100 + two(p + 2, &odd), hour = two(p + AT_HOUR, &odd),
	    minute = two(p + AT_MINUTE, &odd), second = two(p + AT_SECOND, &odd);
	unsigned int last = (unsigned int)(unsigned char)p[AT_FRACTION + 8] - '0';
	int64_t days, fraction = 0;

	for (const char *at = p + AT_FRACTION; at < p + AT_FRACTION + 8; at += 2)
		fraction = fraction * 100 + two(at, &odd);
	if (!days_of(year, two(p + AT_MONTH, &odd), two(p + AT_DAY, &odd), &days) || odd ||
	    last > 9 || hour > 23 || minute > 59 || second > 59)
		return false;
	*ns = (days * S_PER_DAY + hour * 3600 + minute * 60 + second) * NS_PER_S + fraction * 10 +
	      last;
	return true;
}

int timestamp_parse(struct span text, int64_t *ns)
{
	int64_t days, clock, fraction, zone;

	*ns = 0;
	if (text.n == USUAL_SIZE && usual_time(text.p, ns))
		return 0;
	if (!take_date(&text, &days) || !take_char(&text, 'T') || !take_clock(&text, &clock) ||
	    !take_fraction(&text, &fraction) || !take_zone(&text, &zone) || text.n != 0)
		return -EINVAL;
	*ns = (days * S_PER_DAY + clock - zone) * NS_PER_S + fraction;
	return 0;
}

/* Two digits of a value below 100; returns what is behind them. */
static inline char *put_two(char *out, unsigned int value)
{
	out[0] = (char)('0' + value / 10);
	out[1] = (char)('0' + value % 10);
	return out + 2;
}

/* The nine of a fraction, from the end: what is left has two less each time. */
static inline char *put_nine(char *out, unsigned int value)
{
	for (char *at = out + 7; at > out; at -= 2, value /= 100)
		put_two(at, value % 100);
	out[0] = (char)('0' + value);
	return out + 9;
}

/*
 * Days since 1970 to a date, in years that begin in March, so that the leap day is the last of one
 * (Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days). Every record
 * has one or two times, so this counts.
 */
static char *put_date(char *out, int64_t days)
{
	int64_t shifted = days + 719468; /* since 0000-03-01; never negative here */
	unsigned int era = (unsigned int)(shifted / 146097),
		     day_of_era = (unsigned int)(shifted % 146097);
	unsigned int year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	unsigned int day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned int month_from_march = (5 * day_of_year + 2) / 153;
	unsigned int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

	unsigned int year = year_of_era + era * 400 + (month <= 2);

	out = put_two(put_two(out, year / 100), year % 100);
	*out++ = '-';
	out = put_two(out, month);
	*out++ = '-';
	return put_two(out, day_of_year - (153 * month_from_march + 2) / 5 + 1);
}

void timestamp_format(int64_t ns, char out[TIMESTAMP_SIZE])
{
	int64_t fraction = ns % NS_PER_S, seconds = ns / NS_PER_S, days, clock;

	if (fraction < 0) {
		fraction += NS_PER_S;
		seconds--;
	}
	clock = seconds % S_PER_DAY;
	days = seconds / S_PER_DAY;
	if (clock < 0) {
		clock += S_PER_DAY;
		days--;
	}
	out = put_date(out, days);
	*out++ = 'T';
	out = put_two(out, (unsigned int)clock / 3600);
	*out++ = ':';
	out = put_two(out, (unsigned int)clock / 60 % 60);
	*out++ = ':';
	out = put_two(out, (unsigned int)clock % 60);
	*out++ = '.';
	out = put_nine(out, (unsigned int)fraction);
	*out++ = 'Z';
	*out = 0;
}
